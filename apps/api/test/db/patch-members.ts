import fc from 'fast-check'
import t from 'tap'
import { listMembers } from '../../src/db/list-members.js'
import { patchMember } from '../../src/db/patch-member.js'
import { type ObservedMember, patchGuildMembers, patchMembers } from '../../src/db/patch-members.js'
import { build, HOME_GUILD_ID as GUILD } from '../fixtures/build.js'
import { stamp } from '../fixtures/native.js'

const { pool } = await build(t)
const ROLES = [1n, 2n, 3n]
await pool.query(
  `insert into role (guild_id, id, name, colour, permissions, position, observed_at)
   select $1, id, 'r', 0, 0, 0, 'epoch' from unnest($2::bigint[]) as id`,
  [GUILD, ROLES],
)
t.beforeEach(() => pool.query('delete from member where guild_id = $1', [GUILD]))

const complete = (id: bigint, observed_at: string, fields: Partial<ObservedMember> = {}): ObservedMember => ({
  id,
  name: `member ${id}`,
  display_name: '',
  discriminator: 0,
  roles: [],
  in_guild: true,
  observed_at,
  ...fields,
})
const stored = async () => JSON.parse((await listMembers(pool, GUILD, { limit: 1_000 })).json.toString()).members

t.test('whatever the order, the chunks and the repetitions, the newest observation stands', async (t) => {
  const observation = fc.record({
    id: fc.bigInt(1n, 6n),
    at: fc.nat(50),
    name: fc.constantFrom('a', 'b', 'c'),
    roles: fc.subarray(ROLES),
    in_guild: fc.boolean(),
  })
  const history = fc.uniqueArray(observation, { selector: (it) => `${it.id}:${it.at}`, minLength: 1, maxLength: 30 })
  const run = fc.asyncProperty(history, fc.infiniteStream(fc.nat()), async (observations, choices) => {
    await pool.query('delete from member where guild_id = $1', [GUILD])
    const next = choices[Symbol.iterator]()
    const choose = (below: number) => Number(next.next().value) % below

    // Every observation arrives once or twice, in any order, in chunks that race each other.
    const arrivals = [...observations, ...observations.filter(() => choose(3) === 0)]
      .map((it) => [choose(1_000), it] as const)
      .sort(([a], [b]) => a - b)
      .map(([, it]) => it)
    const chunks: (typeof arrivals)[] = []
    for (const it of arrivals) {
      const open = chunks.findLast((chunk) => !chunk.some((other) => other.id === it.id))
      if (open && choose(3) > 0) open.push(it)
      else chunks.push([it])
    }
    const send = (chunk: typeof arrivals) => {
      const items = chunk.map(({ id, at, ...it }) => complete(id, stamp(at), it))
      const [item, another] = items
      return item && !another ? patchMember(pool, GUILD, item) : patchMembers(pool, GUILD, items, ROLES)
    }
    while (chunks.length > 0) await Promise.all(chunks.splice(0, 1 + choose(3)).map(send))

    const newest = new Map<bigint, (typeof observations)[number]>()
    for (const it of observations) if (it.at >= (newest.get(it.id)?.at ?? -1)) newest.set(it.id, it)
    const expected = [...newest.values()]
      .sort((a, b) => Number(a.id - b.id))
      .map(({ id, at, ...it }) => ({ ...complete(id, stamp(at), it), id: `${id}`, roles: it.roles.map(String) }))
    t.same(await stored(), expected)
    if (!t.passing()) throw new Error('The mirror is not the newest observation')
  })
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
  t.comment(`seed ${seed}`)
  await fc.assert(run, { numRuns: 60, seed })
})

t.test('overlapping chunks at once, in opposite orders: all are answered, none is lost in a deadlock', async (t) => {
  const ids = Array.from({ length: 300 }, (_, index) => BigInt(index + 1))
  await patchMembers(
    pool,
    GUILD,
    ids.map((id) => complete(id, stamp(0))),
    [],
  )
  const chunks = Array.from({ length: 12 }, (_, n) =>
    (n % 2 ? ids : ids.toReversed()).map((id) => ({ id, name: `by ${n}`, observed_at: stamp(n + 1) })),
  )
  const outcomes = await Promise.all(chunks.map((chunk) => patchMembers(pool, GUILD, chunk, [])))
  t.strictSame(
    outcomes.map((it) => it.length),
    chunks.map(() => 300),
  )
  t.strictSame(new Set((await stored()).map((it: { name: string }) => it.name)), new Set(['by 11']))
})

t.test('two that create the same members at once agree on the newer', async (t) => {
  for (let round = 0; round < 10; round++) {
    await pool.query('delete from member where guild_id = $1', [GUILD])
    const ids = Array.from({ length: 100 }, (_, index) => BigInt(index + 1))
    const create = (n: number) =>
      patchMembers(
        pool,
        GUILD,
        ids.map((id) => complete(id, stamp(n), { name: `${n}` })),
        [],
      )
    const [older, newer] = await Promise.all([create(1), create(2)])
    t.ok(newer.every((it) => it.verdict === 'applied'))
    t.ok(older.every((it) => it.verdict === 'applied' || it.verdict === 'stale'))
    t.strictSame(new Set((await stored()).map((it: { name: string }) => it.name)), new Set(['2']))
  }
})

t.test('an item without a stamp is observed now, and newer than anything stored', async (t) => {
  await patchMembers(pool, GUILD, [complete(1n, '2999-01-01T00:00:00Z')], [])
  const outcome = await patchMembers(pool, GUILD, [{ id: 1n, name: 'now', observed_at: null }], [])
  t.strictSame(outcome, [{ verdict: 'applied' }])
  t.match(await stored(), [{ name: 'now', observed_at: '2999-01-01T00:00:00.000001Z' }])
})

t.test('a role change is a HOT update: no index is written', async (t) => {
  const ids = Array.from({ length: 1_000 }, (_, index) => BigInt(index + 1))
  await patchMembers(
    pool,
    GUILD,
    ids.map((id) => complete(id, stamp(0))),
    [],
  )
  const client = await pool.connect()
  // Of this transaction: what other sessions did is counted whenever they come to tell of it.
  const updates = async () => {
    const { rows } = await client.query<{ all: number; hot: number }>(
      `select n_tup_upd::int as all, n_tup_hot_upd::int as hot from pg_stat_xact_user_tables where relname = 'member'`,
    )
    return rows[0] ?? { all: 0, hot: 0 }
  }
  await client.query('begin')
  const before = await updates()
  await patchMembers(
    client,
    GUILD,
    ids.slice(0, 200).map((id) => ({ id, roles: [1n], observed_at: stamp(1) })),
    ROLES,
  )
  const after = await updates()
  await client.query('commit')
  client.release()
  t.equal(after.all - before.all, 200)
  t.ok(after.hot - before.hot >= 190, `${after.hot - before.hot} of 200`)
})

t.test(
  'a role that is deleted after it was looked up is left out in its own guild, not where another has its id',
  async (t) => {
    const other = GUILD + 1n
    await pool.query(`insert into guild (id, name, observed_at) values ($1, 'Other', 'epoch')`, [other])
    await pool.query(
      `insert into role (guild_id, id, name, colour, permissions, position, observed_at, deleting_since)
     values ($1, 1, 'r', 0, 0, 0, 'epoch', null), ($1, 2, 'r', 0, 0, 0, 'epoch', now())`,
      [other],
    )
    const items = [GUILD, other].map((guild_id) => ({ guild_id, ...complete(1n, stamp(1), { roles: [1n, 2n] }) }))
    const roles = items.flatMap(({ guild_id }) => [1n, 2n].map((id) => ({ guild_id, id })))
    t.strictSame(await patchGuildMembers(pool, items, roles), [{ verdict: 'applied' }, { verdict: 'applied' }])
    const { rows } = await pool.query('select roles from member where id = 1 order by guild_id')
    t.strictSame(
      rows.map((it) => it.roles.map(Number)),
      [[1, 2], [1]],
    )
  },
)
