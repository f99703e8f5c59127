import fc from 'fast-check'
import t from 'tap'
import { deleteRole } from '../../src/db/delete-role.js'
import { patchMember } from '../../src/db/patch-member.js'
import { applyGuildPatches, applyPatches } from '../../src/members/apply-patches.js'
import { build } from '../fixtures/build.js'

const { pool } = await build(t)
const ALONE = 11n
const TOGETHER = 12n
const UNKNOWN_GUILD = 13n
const [LIVE, ALSO_LIVE, DELETING, DELETED, UNKNOWN_ROLE] = [1n, 2n, 3n, 4n, 5n]
const ROLES = [LIVE, ALSO_LIVE, DELETING, DELETED, UNKNOWN_ROLE]

/** In the future, so that an item without a stamp is a microsecond newer than what is stored, whenever it comes. */
const stamp = (n: number) => `2999-01-01T00:00:00.${String(n).padStart(6, '0')}Z`

await pool.query(`insert into guild (id, name, observed_at) select unnest($1::bigint[]), 'Guild', 'epoch'`, [
  [ALONE, TOGETHER],
])
await pool.query(
  `insert into role (guild_id, id, name, colour, permissions, position, observed_at, deleting_since, deleted_at)
   select guild.id, role.id, 'r', 0, 0, 0, 'epoch', case when role.id >= $1 then now() end, case when role.id >= $2 then now() end
   from guild, generate_series(1, $2) as role (id) where guild.id in ($3, $4)`,
  [DELETING, DELETED, ALONE, TOGETHER],
)

/** A present and a departed member in each guild. */
async function reset(): Promise<void> {
  await pool.query('delete from guild_sync')
  await pool.query('delete from member')
  await pool.query(
    `insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
     select guild.id, it.id, 'a', '', 0, '{1}', it.id = 1, $1 from guild, unnest(array[1, 2]) as it (id) where guild.id in ($2, $3)`,
    [stamp(5), ALONE, TOGETHER],
  )
}

/** Rows without their guild; an instant of now is as good as any other. */
async function rowsOf(guildId: bigint): Promise<unknown[]> {
  const instant = (column: string) =>
    `case when ${column} < '2999-01-01' then 'now' else ${column}::text end as ${column}`
  const { rows: members } = await pool.query(
    `select id, name, display_name, discriminator, roles::text, in_guild, ${instant('observed_at')}
     from member where guild_id = $1 order by id`,
    [guildId],
  )
  const { rows: syncs } = await pool.query(
    `select ${instant('last_event_at')}, case when last_event_at >= '2999-01-01' then lag_ms end as lag_ms from guild_sync where guild_id = $1`,
    [guildId],
  )
  return [...members, ...syncs]
}

const fields = {
  id: fc.bigInt(1n, 3n),
  name: fc.constantFrom('a', 'b'),
  display_name: fc.constantFrom('', 'Ünï"\\,{}'),
  discriminator: fc.constantFrom(0, 7),
  roles: fc.oneof(fc.shuffledSubarray(ROLES.slice(0, 4)), fc.array(fc.constantFrom(...ROLES), { maxLength: 4 })),
  in_guild: fc.boolean(),
}
const item = fc
  .tuple(
    fc.oneof(
      fc.record(fields),
      fc.record(fields, { requiredKeys: ['id'] }),
      fc.record({ id: fields.id, name: fields.name }),
    ),
    fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
  )
  .map(([it, at]) => (at === undefined ? it : { ...it, observed_at: stamp(at) }))

/** Makes two items of one, so that they go the way of many. It changes nothing. */
const COMPANION = { id: 99n, name: 'nobody', observed_at: stamp(0) }

type Item = Parameters<typeof applyPatches>[2]['members'][number]

/** What becomes of the item, in either way: an answer or a refusal. */
const WAYS: Record<string, (guildId: bigint, members: Item[]) => Promise<unknown>> = {
  'one guild': (guildId, members) => applyPatches(pool, guildId, { members }).then((it) => it.results[0]),
  'any guilds': (guild_id, members) =>
    applyGuildPatches(pool, { members: members.map((it) => ({ guild_id, ...it })) } as Parameters<
      typeof applyGuildPatches
    >[1]).then(({ results: [{ guild_id: _, ...result } = {}] }) => result),
}

for (const [name, apply] of Object.entries(WAYS)) {
  t.test(`an item that comes alone fares as it does among others: ${name}`, async (t) => {
    const told = new Set<string>()
    const run = fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 12 }), async (items) => {
      await reset()
      const alone: unknown[] = []
      const together: unknown[] = []
      for (const it of items as Item[]) {
        alone.push(await apply(ALONE, [it]))
        together.push(await apply(TOGETHER, [it, COMPANION]))
      }
      t.strictSame([...alone, await rowsOf(ALONE)], [...together, await rowsOf(TOGETHER)])
      if (!t.passing()) throw new Error('The two ways differ')
      for (const { verdict, error } of alone as { verdict: string; error?: { code: string } }[])
        told.add(error?.code ?? verdict)
    })
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    t.comment(`seed ${seed}`)
    await fc.assert(run, { numRuns: 60, seed })
    t.strictSame([...told].sort(), ['applied', 'stale', 'unchanged', 'unknown_member', 'unknown_role'])
  })

  t.test(`in a guild that is not known an item fares as it does among others: ${name}`, async (t) => {
    const complete = {
      id: 1n,
      name: 'a',
      display_name: '',
      discriminator: 0,
      roles: [],
      in_guild: true,
      observed_at: stamp(1),
    }
    for (const it of [complete, { id: 1n, name: 'a', observed_at: stamp(1) }]) {
      const answer = (members: Item[]) =>
        apply(UNKNOWN_GUILD, members).catch((error) => ({ ...error, message: error.message }))
      const alone = await answer([it])
      t.match(
        alone,
        name === 'one guild' ? { statusCode: 404, code: 'unknown_guild' } : { error: { code: 'unknown_guild' } },
      )
      t.strictSame(alone, await answer([it, COMPANION]))
    }
    t.strictSame(await rowsOf(UNKNOWN_GUILD), [])
  })
}

t.test('a role that is deleted meanwhile waits for the item, or is left out of it', async (t) => {
  await reset()
  const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms, 'waiting'))
  const rolesOfOne = async () =>
    (await pool.query('select roles::text from member where guild_id = $1 and id = 1', [ALONE])).rows[0]?.roles
  const client = await pool.connect()
  await client.query('begin')
  const both = { id: 1n, roles: [LIVE, ALSO_LIVE] }
  t.strictSame(await patchMember(client, ALONE, { ...both, observed_at: stamp(6) }), { verdict: 'applied' })
  const deletion = deleteRole(pool, ALONE, ALSO_LIVE)
  t.equal(await Promise.race([deletion, delay(100)]), 'waiting')
  await client.query('commit')
  t.equal(await deletion, 1)
  t.equal(await rolesOfOne(), '{1}')

  await client.query('begin')
  await client.query('update role set deleting_since = now() where guild_id = $1 and id = $2', [ALONE, LIVE])
  const patch = patchMember(pool, ALONE, { ...both, observed_at: stamp(7) })
  t.equal(await Promise.race([patch, delay(100)]), 'waiting')
  await client.query('commit')
  client.release()
  t.strictSame(await patch, { verdict: 'applied' })
  t.equal(await rolesOfOne(), '{}')
})

for (const state of ['that nobody has looked at', 'that was vacuumed and analysed']) {
  t.test(`the plan that is made over an empty table, ${state}, is right for a large one`, async (t) => {
    await pool.query('truncate member cascade')
    if (state.includes('vacuumed')) await pool.query('vacuum analyze member, role, guild')
    const client = await pool.connect()
    t.teardown(() => client.release(true))
    // A plan of its own for each of the first five; the one that is made then is kept.
    for (let n = 0; n < 8; n++) {
      const name = { id: BigInt(n), name: `name ${n}`, observed_at: stamp(n) }
      await patchMember(client, ALONE, name)
      await patchMember(client, ALONE, name, { follow: true })
    }
    await client.query(
      `insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
       select $1, id, 'name ' || id, '', 0, '{}', true, 'epoch' from generate_series(1, 50000) as id`,
      [ALONE],
    )
    for (const name of ['patch-member', 'follow-member']) {
      const call = `"${name}"(${ALONE}, 40000, 'a', null, null, '{1}', null, now(), '{1}')`
      const { rows } = await client.query<[string]>({ text: `explain execute ${call}`, rowMode: 'array' })
      const plan = rows.flat().join('\n')
      t.notMatch(plan, /Seq Scan/, `${name}: nothing is read from end to end`)
      const { rows: uses } = await client.query('select generic_plans from pg_prepared_statements where name = $1', [
        name,
      ])
      t.ok(Number(uses[0]?.generic_plans) >= 3, `${name}: the plan is kept`)
      const scans = [...plan.matchAll(/Scan using (\w+) on member\b.*\n\s*Index Cond: (.*)/g)].map(([, ...it]) => it)
      t.strictSame(scans, [['member_pkey', '((guild_id = $1) AND (id >= $2) AND (id <= $2))']])
    }
  })
}
