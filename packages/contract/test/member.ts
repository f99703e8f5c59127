import t from 'tap'
import {
  MAX_MEMBERS_PER_REQUEST,
  MAX_ROLES_PER_MEMBER,
  Member,
  MemberPatch,
  NO_COUNTS,
  PatchMembersRequest,
  ReportSyncRun,
} from '../src/index.js'

const STAMP = '2026-11-21T06:30:00.123456Z'
const items = (count: number) => Array.from({ length: count }, (_, id) => ({ id: `${id}` }))

t.test('role ids come out as ascending bigints, however they came in', async (t) => {
  t.strictSame(MemberPatch.parse({ id: '1', roles: ['10', 9, 2n] }).roles, [2n, 9n, 10n])
  const member = { id: 1n, name: 'a', display_name: '', discriminator: 0, roles: ['3', '2'], in_guild: true }
  t.strictSame(Member.parse({ ...member, observed_at: STAMP }), { ...member, roles: [2n, 3n], observed_at: STAMP })
})

t.test('a patch keeps what it does not name unnamed', async (t) => {
  t.strictSame(MemberPatch.parse({ id: '1', in_guild: false }), { id: 1n, in_guild: false })
})

t.test('a patch with a field that does not exist is refused', async (t) => {
  t.notOk(MemberPatch.safeParse({ id: '1', nick: 'x' }).success)
})

t.test('a role list raises one issue, however long and wrong it is', async (t) => {
  const roles = Array.from({ length: 100_000 }, () => 'x')
  t.equal(MemberPatch.safeParse({ id: '1', roles }).error?.issues.length, 1)
})

t.test('a member has at most 250 roles, each once', async (t) => {
  const roles = (count: number) => Array.from({ length: count }, (_, id) => `${id}`)
  t.ok(MemberPatch.safeParse({ id: '1', roles: roles(MAX_ROLES_PER_MEMBER) }).success)
  t.notOk(MemberPatch.safeParse({ id: '1', roles: roles(MAX_ROLES_PER_MEMBER + 1) }).success)
  t.notOk(MemberPatch.safeParse({ id: '1', roles: ['7', 7] }).success, 'the same id in two forms')
})

t.test('a request carries 1 to 1,000 members', async (t) => {
  const request = (count: number) => PatchMembersRequest.safeParse({ observed_at: STAMP, members: items(count) })
  t.notOk(request(0).success)
  t.ok(request(MAX_MEMBERS_PER_REQUEST).success)
  t.notOk(request(MAX_MEMBERS_PER_REQUEST + 1).success)
})

t.test('a request names each member once and stamps each', async (t) => {
  const paths = (value: unknown) => PatchMembersRequest.safeParse(value).error?.issues.map((it) => it.path.join('.'))
  t.strictSame(paths({ observed_at: STAMP, members: [{ id: '1' }, { id: 1 }] }), ['members.1.id'])
  t.strictSame(paths({ members: [{ id: '1', observed_at: STAMP }, { id: '2' }] }), ['members.1.observed_at'])
})

t.test('the counts of a run have to add up, and a done run leaves nothing', async (t) => {
  const report = (counts: object) => ReportSyncRun.safeParse({ ...NO_COUNTS, ...counts }).success
  t.ok(report({ total: 10, done: 4, stale: 3, failed: 2, remaining: 1 }))
  t.notOk(report({ total: 11, done: 4, stale: 3, failed: 2, remaining: 1 }))
  t.ok(report({ state: 'done', total: 1, done: 1 }))
  t.notOk(report({ state: 'done', total: 1, failed: 1 }))
  t.notOk(report({ state: 'done', total: 1, remaining: 1 }))
  t.ok(report({ state: 'held', total: 1, remaining: 1, error: 'x'.repeat(1_000) }))
  t.notOk(report({ state: 'held', error: 'x'.repeat(1_001) }))
})
