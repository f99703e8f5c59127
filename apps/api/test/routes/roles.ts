import t from 'tap'
import { deleteRole } from '../../src/db/delete-role.js'
import { patchMembers } from '../../src/db/patch-members.js'
import { build } from '../fixtures/build.js'
import { aMember, aRole, GUILD, nativeClient, OBSERVED_AT, putGuild, stamp } from '../fixtures/native.js'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
const ROLES = `/guilds/${GUILD}/roles`
const MEMBERS = `/guilds/${GUILD}/members`
const guildId = BigInt(GUILD)

t.beforeEach(async () => {
  await pool.query('delete from guild where id = $1', [GUILD])
  await putGuild(request)
})

const patch = (members: unknown[], observed_at = OBSERVED_AT) => request('PATCH', MEMBERS, { observed_at, members })

t.test('guilds are put, got and listed by keyset', async (t) => {
  t.match(await request('PUT', '/guilds/9007199254740993', { name: 'Other', observed_at: OBSERVED_AT }), {
    status: 200,
    body: { id: '9007199254740993', name: 'Other' },
  })
  t.match(await request('GET', '/guilds/9007199254740993'), { status: 200, body: { name: 'Other' } })
  const first = await request('GET', '/guilds?limit=1')
  t.strictSame(first.body.next_after, '9007199254740993')
  const second = await request('GET', '/guilds?limit=1000&after=9007199254740993')
  t.match(second.body, { guilds: [{ id: '267624335836053506' }, { id: GUILD }], next_after: null })
  t.match(await request('GET', '/guilds/404'), { status: 404, body: { code: 'unknown_guild' } })
})

t.test('a guild keeps its newer name', async (t) => {
  await request('PUT', `/guilds/${GUILD}`, { name: 'newer', observed_at: stamp(5) })
  t.match(await request('PUT', `/guilds/${GUILD}`, { name: 'older', observed_at: stamp(4) }), {
    body: { name: 'newer' },
  })
})

t.test('a role is put, got and listed, every bit of its numbers kept', async (t) => {
  const role = aRole({ permissions: '9223372036854775807', colour: 2_147_483_647, position: -1 })
  t.match(await request('PUT', `${ROLES}/9007199254740993`, role), { status: 200, body: { verdict: 'applied' } })
  const expected = { id: '9007199254740993', ...role }
  t.strictSame((await request('GET', `${ROLES}/9007199254740993`)).body, expected)
  t.strictSame((await request('GET', ROLES)).body, { roles: [expected] })
  t.match(await request('PUT', `${ROLES}/9007199254740993`, role), { body: { verdict: 'unchanged' } })
  t.match(await request('PUT', `${ROLES}/9007199254740993`, { ...role, name: 'older' }), { body: { verdict: 'stale' } })
  t.match(await request('PUT', `${ROLES}/9007199254740993`, { ...role, name: 'newer', observed_at: stamp(1) }), {
    body: { verdict: 'applied', role: { name: 'newer' } },
  })
})

t.test('refuses bad roles by field', async (t) => {
  const cases: [object, string][] = [
    [{ name: '' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ name: 'a\0' }, 'name'],
    [{ name: 1 }, 'name'],
    [{ colour: -1 }, 'colour'],
    [{ colour: 2_147_483_648 }, 'colour'],
    [{ permissions: '9223372036854775808' }, 'permissions'],
    [{ permissions: -1 }, 'permissions'],
    [{ position: 2_147_483_648 }, 'position'],
    [{ observed_at: '2999-01-01T00:00:00Z' }, 'observed_at'],
    [{ hoist: true }, ''],
  ]
  for (const [fields, path] of cases) {
    const { status, body } = await request('PUT', `${ROLES}/1`, aRole(fields))
    t.equal(status, 400, JSON.stringify(fields))
    t.equal(body.issues[0].path, path)
  }
  t.match(await request('PUT', `${ROLES}/x`, aRole()), { status: 400 })
  t.match(await request('PUT', '/guilds/404/roles/1', aRole()), { status: 404, body: { code: 'unknown_guild' } })
  t.match(await request('GET', '/guilds/404/roles'), { status: 404, body: { code: 'unknown_guild' } })
  t.match(await request('GET', `${ROLES}/404`), { status: 404, body: { code: 'unknown_role' } })
  t.match(await request('DELETE', `${ROLES}/404`), { status: 404, body: { code: 'unknown_role' } })
  t.strictSame((await request('GET', ROLES)).body, { roles: [] })
})

t.test('a guild has at most 500 roles', async (t) => {
  await pool.query(`insert into role select $1, n, 'r', 0, 0, 0, $2 from generate_series(1, 499) n`, [
    GUILD,
    OBSERVED_AT,
  ])
  t.match(await request('PUT', `${ROLES}/500`, aRole()), { status: 200 })
  t.match(await request('PUT', `${ROLES}/501`, aRole()), { status: 400, body: { code: 'too_many_roles', max: 500 } })
  t.match(await request('PUT', `${ROLES}/500`, aRole({ name: 'known', observed_at: stamp(1) })), { status: 200 })
  await request('DELETE', `${ROLES}/500`)
  t.match(await request('PUT', `${ROLES}/501`, aRole()), { status: 200 })
})

t.test('deleting a role takes it from every member, in transactions of at most 10,000 rows', async (t) => {
  await request('PUT', `${ROLES}/7`, aRole())
  await request('PUT', `${ROLES}/8`, aRole())
  await pool.query(
    `insert into member select $1, n, 'm', '', 0, case when n % 4 = 0 then '{8}' else '{8,7}' end::bigint[], n % 2 = 0, $2
     from generate_series(1, 16000) n`,
    [GUILD, OBSERVED_AT],
  )
  t.match(await request('DELETE', `${ROLES}/7`), { status: 200, body: { members_changed: 12_000 } })
  const { rows } = await pool.query(
    `select array_agg(distinct roles::text) as roles, min(observed_at) = max(observed_at) as same_stamp,
       count(distinct xmin::text)::int as transactions, max(size)::int as largest
     from (select *, xmin, count(*) over (partition by xmin::text) as size from member where guild_id = $1) as m`,
    [GUILD],
  )
  t.strictSame(rows[0].roles, ['{8}'])
  t.ok(rows[0].same_stamp, 'a stamp says when a member was observed, and nobody was')
  t.ok(rows[0].largest <= 10_000, `${rows[0].largest} rows in one transaction`)
  t.match(await request('GET', `${ROLES}/7`), { status: 404 })
  t.match(await request('DELETE', `${ROLES}/7`), { status: 200, body: { members_changed: 0 } }, 'told again')
})

t.test('whoever saw a role before it was deleted cannot bring it back', async (t) => {
  await request('PUT', `${ROLES}/7`, aRole())
  await patch([aMember(1, { roles: ['7'] })])
  await request('DELETE', `${ROLES}/7`)
  t.match(await patch([{ id: 1, name: 'new', roles: ['7'] }], stamp(5)), { body: { counts: { applied: 1 } } })
  t.match((await request('GET', `${MEMBERS}/1`)).body, { name: 'new', roles: [] })
  t.match(await request('PUT', `${ROLES}/7`, aRole({ observed_at: stamp(6) })), { body: { verdict: 'stale' } })
  t.strictSame((await request('GET', ROLES)).body, { roles: [] })

  const later = new Date(Date.now() + 60_000).toISOString()
  t.match(await request('PUT', `${ROLES}/7`, aRole({ observed_at: later })), { body: { verdict: 'applied' } })
  t.match(await patch([{ id: 1, roles: ['7'] }], later), { body: { counts: { applied: 1 } } })
})

t.test('an interrupted deletion stays listed, takes no new member, and goes on when asked again', async (t) => {
  await request('PUT', `${ROLES}/7`, aRole())
  await patch([aMember(1, { roles: ['7'] })])
  await pool.query('update role set deleting_since = now() where guild_id = $1 and id = 7', [GUILD])
  t.match((await request('GET', ROLES)).body, { roles: [{ id: '7' }] })
  await patch([aMember(2, { roles: ['7'] })], stamp(1))
  t.match((await request('GET', `${MEMBERS}/2`)).body, { roles: [] })
  t.match(await request('PUT', `${ROLES}/7`, aRole({ observed_at: new Date().toISOString() })), {
    body: { verdict: 'stale' },
  })
  t.match(await request('DELETE', `${ROLES}/7`), { status: 200, body: { members_changed: 1 } })
  t.strictSame((await request('GET', ROLES)).body, { roles: [] })
})

t.test('a chunk that names a role while it is being deleted waits for it, or is waited for', async (t) => {
  await request('PUT', `${ROLES}/7`, aRole())
  const item = { ...aMember(1), id: 1n, roles: [7n], observed_at: OBSERVED_AT }

  // The chunk holds the role: the deletion must wait, and then strip what the chunk wrote.
  const client = await pool.connect()
  await client.query('begin')
  await patchMembers(client, guildId, [item], [7n])
  const deletion = deleteRole(pool, guildId, 7n)
  t.equal(await Promise.race([deletion, delay(100)]), 'waiting')
  await client.query('commit')
  t.equal(await deletion, 1)

  // The deletion is decided first: a chunk that was checked before it writes without the role.
  await pool.query('update role set deleting_since = null, deleted_at = null where guild_id = $1', [GUILD])
  await client.query('begin')
  await client.query('update role set deleting_since = now() where guild_id = $1 and id = 7', [GUILD])
  const chunk = patchMembers(pool, guildId, [{ ...item, observed_at: stamp(2), name: 'late' }], [7n])
  t.equal(await Promise.race([chunk, delay(100)]), 'waiting')
  await client.query('commit')
  client.release()
  t.strictSame(await chunk, [{ verdict: 'applied' }])
  t.match((await request('GET', `${MEMBERS}/1`)).body, { name: 'late', roles: [] })
})

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, 'waiting'))
