import { LIMITS } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { aRole, nativeClient, stamp } from '../fixtures/native.js'

const { app, key, pool } = await build(t, { limits: { bulkInFlight: 64 } })
const request = nativeClient(app, key)

t.beforeEach(() => pool.query('truncate guild, notice, guild_sync cascade'))

const { observed_at: _, ...role } = aRole()
const aGuild = (id: number | string, fields: object = {}) => ({
  id: `${id}`,
  name: `Guild ${id}`,
  observed_at: stamp(1),
  roles: [{ id: `${id}`, ...role }],
  ...fields,
})
const put = (...guilds: object[]) => request('PUT', '/guilds', { guilds })
const notices = async () =>
  (await pool.query<{ guild_id: bigint }>('select guild_id from notice order by guild_id')).rows.map(
    (it) => it.guild_id,
  )
const guild = async (id: number) => (await request('GET', `/guilds/${id}`)).body
const roles = async (id: number) => (await request('GET', `/guilds/${id}/roles`)).body.roles

t.test(
  'a guild that was not known is first seen, with a notice due and a reconcile; a second time it is known',
  async (t) => {
    await request('PUT', '/guilds/2', { name: 'Known', observed_at: stamp(0) })
    const first = await put(aGuild(3), aGuild(1), aGuild(2))
    t.match(first, { status: 200 })
    t.strictSame(first.body.results, [
      { id: '3', first_seen: true, roles_written: 1 },
      { id: '1', first_seen: true, roles_written: 1 },
      { id: '2', first_seen: false, roles_written: 1 },
    ])
    t.strictSame(await notices(), [1n, 3n], 'what a reconcile introduced was known')
    t.match(await guild(2), { name: 'Guild 2', observed_at: stamp(1) })
    t.strictSame(await roles(1), [aRole({ id: '1', observed_at: stamp(1) })])
    const { rows } = await pool.query('select guild_id from guild_sync where next_reconcile_at <= now() order by 1')
    t.equal(rows.length, 3)

    const again = await put(aGuild(1), aGuild(3))
    t.strictSame(again.body.results[0], { id: '1', first_seen: false, roles_written: 0 })
    t.strictSame(await notices(), [1n, 3n])
  },
)

t.test('newer beats older, a role that is not named stays, and a deletion stands', async (t) => {
  await put(
    aGuild(1, {
      roles: [
        { id: '1', ...role },
        { id: '2', ...role },
        { id: '3', ...role },
      ],
    }),
  )
  await pool.query(`update role set deleting_since = now() where id = 2`)
  const changed = { ...role, name: 'Changed' }
  const older = await put(aGuild(1, { name: 'Older', observed_at: stamp(0), roles: [{ id: '1', ...changed }] }))
  t.strictSame(older.body.results, [{ id: '1', first_seen: false, roles_written: 0 }])
  t.match(await guild(1), { name: 'Guild 1' })
  const newer = { name: 'Newer', observed_at: stamp(2), roles: ['1', '2'].map((id) => ({ id, ...changed })) }
  t.strictSame((await put(aGuild(1, newer))).body.results, [{ id: '1', first_seen: false, roles_written: 1 }])
  t.match(await guild(1), { name: 'Newer' })
  t.match(await roles(1), [
    { id: '1', name: 'Changed' },
    { id: '2', name: 'Role' },
    { id: '3', name: 'Role' },
  ])
})

t.test('of more roles than a guild may have the first are taken', async (t) => {
  const max = LIMITS.max_roles_per_guild.max
  const many = (from: number) => Array.from({ length: max }, (_, index) => ({ id: `${from + index}`, ...role }))
  t.strictSame((await put(aGuild(1, { roles: many(1) }))).body.results[0].roles_written, max)
  const next = await put(aGuild(1, { observed_at: stamp(2), roles: many(2) }))
  t.equal(next.body.results[0].roles_written, max - 1, 'those that are known, and not the one more')
  t.equal((await roles(1)).length, max)
  t.match(await put(aGuild(2, { roles: [...many(1), { id: '999', ...role }] })), { status: 400 })
})

t.test(
  'whatever the starts do at once, there is one notice for each guild first seen, and none for a known one',
  async (t) => {
    const size = 40
    const ids = Array.from({ length: size }, (_, index) => index + 1)
    const start = fc.shuffledSubarray(ids, { minLength: 1 })
    const run = fc.asyncProperty(
      fc.array(start, { minLength: 2, maxLength: 12 }),
      fc.subarray(ids, { maxLength: 10 }),
      async (starts, known) => {
        await pool.query('truncate guild, notice, guild_sync cascade')
        for (const id of known) await request('PUT', `/guilds/${id}`, { name: 'Known', observed_at: stamp(0) })
        const answers = await Promise.all(
          starts.map((it, index) => put(...it.map((id) => aGuild(id, { observed_at: stamp(index + 1) })))),
        )
        const seen = answers.flatMap((it) => it.body.results.filter((it: { first_seen: boolean }) => it.first_seen))
        const expected = ids.filter((id) => !known.includes(id) && starts.some((it) => it.includes(id))).map(BigInt)
        const firstSeen = seen.map((it: { id: string }) => BigInt(it.id)).sort((a: bigint, b: bigint) => Number(a - b))
        const told = await notices()
        if (`${firstSeen}` !== `${expected}` || `${told}` !== `${expected}`) {
          throw new Error(`First seen ${firstSeen}; told ${told}; expected ${expected}`)
        }
      },
    )
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    t.comment(`seed ${seed}`)
    // RUNS=150 makes more than 1,000 starts.
    await fc.assert(run, { numRuns: Number(process.env.RUNS ?? 20), seed })
  },
)

t.test('a start that is cut off leaves all or nothing: a guild and its notice come together', async (t) => {
  await pool.query(`alter table role add constraint cut_off check (name <> 'Cut off')`)
  t.match(await put(aGuild(1), aGuild(2, { roles: [{ id: '9', ...role, name: 'Cut off' }] })), { status: 500 })
  await pool.query('alter table role drop constraint cut_off')
  t.strictSame(await notices(), [])
  t.match(await guild(1), { code: 'unknown_guild' })
  t.strictSame((await put(aGuild(1))).body.results[0].first_seen, true, 'the next start sees it first')
})

t.test('limits and faults', async (t) => {
  const { max } = LIMITS.max_guilds_per_request
  const guilds = Array.from({ length: max + 1 }, (_, index) => aGuild(index + 1))
  t.match(await put(...guilds.slice(1)), { status: 200, body: { results: { length: max } } })
  const many = { status: 413, body: { code: 'too_many_items', limit: 'max_guilds_per_request', max, sent: max + 1 } }
  t.match(await put(...guilds), many)
  t.match(await put(), { status: 400 })
  t.match(await put(aGuild(1), aGuild(1)), { status: 400, body: { issues: [{ path: 'guilds[1].id' }] } })
  const twice = [
    { id: '1', ...role },
    { id: '1', ...role },
  ]
  t.match(await put(aGuild(1, { roles: twice })), {
    status: 400,
    body: { issues: [{ path: 'guilds[0].roles[1].id' }] },
  })
  const ahead = { observed_at: '2999-01-01T00:00:00Z' }
  t.match(await put(aGuild(1), aGuild(2, ahead)), {
    status: 400,
    body: { issues: [{ path: 'guilds[1].observed_at' }] },
  })
})
