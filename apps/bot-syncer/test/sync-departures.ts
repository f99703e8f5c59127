import t from 'tap'
import { saidBy } from './fixtures/processes.js'
import { Stack } from './fixtures/stack.js'

/** Several pages of Discord's, the last one short. */
const stack = await Stack.start(t, { members: 2_500 })
t.equal((await stack.reconcile()).code, 0)

/** Lies that could be read as "they left": each is held or seen through, and nobody departs. */
const LIES: readonly [string, Record<string, unknown>, number][] = [
  ['an empty member list', { fault: 'empty_members', times: 0 }, 4],
  ['a list that stops in the middle', { fault: 'empty_members', after: 1 }, 4],
  ['a page cut short as if it were the last', { fault: 'short_page', after: 1, keep: 10 }, 0],
  ['the last page without its last members', { fault: 'short_page', after: 2, keep: 480, times: 1 }, 0],
  ['a page out of order', { fault: 'page_out_of_order', after: 1 }, 1],
  ['a page with a member twice', { fault: 'page_duplicate_id', after: 1 }, 1],
  ['a list without roles', { fault: 'roles_missing', times: 0 }, 1],
  ['a list that lacks one role', { fault: 'roles_missing', count: 1 }, 1],
  ['a count that is far too high', { fault: 'wrong_counts', approximate_member_count: 99_999 }, 4],
]
for (const [name, fault, code] of LIES) {
  t.test(`${name} removes nobody and nothing`, async (t) => {
    const before = await stack.mirror()
    await stack.fault(fault)
    const run = await stack.reconcile(['--now', '--allow-departures', '1000000', '--allow-role-deletions', '500'])
    await stack.clearFaults()
    t.equal(run.code, code, saidBy(run))
    t.strictSame(await stack.mirror(), before)
    t.match(await stack.query('select count(*)::int as roles from role where deleted_at is null'), [{ roles: 40 }])
  })
}
