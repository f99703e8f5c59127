import { LIMITS } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { aMember, aRole, nativeClient, OBSERVED_AT, stamp } from '../fixtures/native.js'

const { app, key, pool } = await build(t, { limits: { bulkInFlight: 64 } })
const request = nativeClient(app, key)
const GUILDS = ['1', '2', '3']
const ROLES = ['10', '11']

for (const id of GUILDS) {
  await request('PUT', `/guilds/${id}`, { name: 'Guild', observed_at: OBSERVED_AT })
  for (const role of ROLES) await request('PUT', `/guilds/${id}/roles/${role}`, aRole())
}
await request('PUT', '/guilds/1/roles/12', aRole())
t.beforeEach(() => pool.query('truncate member, guild_sync cascade'))

const patch = (...members: object[]) => request('PATCH', '/members', { members })
const item = (guild_id: string, id: number, fields: object = {}) => ({
  guild_id,
  ...aMember(id),
  id: `${id}`,
  observed_at: stamp(1),
  ...fields,
})
const members = async (guild: string) => (await request('GET', `/guilds/${guild}/members`)).body.members
const verdicts = ({ body }: { body: { results: { verdict: string; error?: { code: string } }[] } }) =>
  body.results.map((it) => it.error?.code ?? it.verdict)

t.test('every item gets its verdict in its own guild', async (t) => {
  const first = await patch(item('2', 1, { roles: ['10'] }), item('1', 1, { roles: ['12'] }), item('1', 2))
  t.strictSame(first.body, {
    counts: { applied: 3, unchanged: 0, stale: 0, failed: 0 },
    results: [
      { guild_id: '2', id: '1', verdict: 'applied' },
      { guild_id: '1', id: '1', verdict: 'applied' },
      { guild_id: '1', id: '2', verdict: 'applied' },
    ],
  })
  const second = await patch(
    item('1', 1, { roles: ['12'], observed_at: stamp(2) }),
    item('1', 2, { name: 'older', observed_at: stamp(0) }),
    { guild_id: '2', id: '1', in_guild: false, observed_at: stamp(2) },
    { guild_id: '3', id: '1', in_guild: false, observed_at: stamp(2) },
    item('2', 2, { roles: ['12'] }),
    item('9', 1),
  )
  const expected = ['unchanged', 'stale', 'applied', 'unknown_member', 'unknown_role', 'unknown_guild']
  t.strictSame(verdicts(second), expected)
  t.match(second.body.counts, { applied: 1, unchanged: 1, stale: 1, failed: 3 })
  t.match(await members('1'), [
    { id: '1', roles: ['12'], observed_at: stamp(2) },
    { id: '2', name: 'member 2' },
  ])
  t.match(await members('2'), [{ id: '1', roles: ['10'], in_guild: false }])
  t.strictSame(await members('3'), [])
})

t.test('a deleted role is left out in its guild only', async (t) => {
  await pool.query('update role set deleting_since = now() where guild_id = 1 and id = 11')
  const all = { roles: ['10', '11'] }
  t.strictSame(verdicts(await patch(item('1', 1, all), item('2', 1, all))), ['applied', 'applied'])
  t.match([...(await members('1')), ...(await members('2'))], [{ roles: ['10'] }, { roles: ['10', '11'] }])
  await pool.query('update role set deleting_since = null')
})

t.test('each guild that is touched notes when it was last heard of, and how late that was', async (t) => {
  const ago = (ms: number) => `${new Date(Date.now() - ms).toISOString().slice(0, -1)}000Z`
  const [late, later] = [ago(3_000), ago(60_000)]
  await patch(
    item('1', 1, { observed_at: later }),
    item('1', 2, { observed_at: late }),
    item('2', 1, { observed_at: later }),
  )
  const state = async () =>
    (await pool.query('select guild_id::int, lag_ms from guild_sync order by guild_id')).rows as {
      guild_id: number
      lag_ms: number
    }[]
  const [one, two] = await state()
  t.ok(one && one.lag_ms >= 2_990 && one.lag_ms < 30_000, `${one?.lag_ms}`)
  t.ok(two && two.lag_ms >= 59_990 && two.lag_ms < 90_000, `${two?.lag_ms}`)
  await patch(
    item('2', 2, { observed_at: ago(-60_000) }),
    item('1', 3, { observed_at: later }),
    item('3', 1, { observed_at: '1970-01-01T00:00:00Z' }),
  )
  t.match(
    await state(),
    [{ lag_ms: one?.lag_ms }, { lag_ms: 0 }, { lag_ms: 2_147_483_647 }],
    'an older one changes nothing',
  )
  await patch({ guild_id: '3', id: '77', name: 'x', observed_at: ago(0) })
  t.match((await state())[2], { lag_ms: 2_147_483_647 }, 'nor does one that was not applied')
})

t.test('whatever the order, the requests and the guilds, the newest observation stands', async (t) => {
  const observation = fc.record({
    guild_id: fc.constantFrom(...GUILDS),
    id: fc.integer({ min: 1, max: 4 }),
    at: fc.nat(50),
    name: fc.constantFrom('a', 'b', 'c'),
    roles: fc.subarray(ROLES),
    in_guild: fc.boolean(),
  })
  const keyOf = (it: { guild_id: string; id: number }) => `${it.guild_id}/${it.id}`
  const history = fc.uniqueArray(observation, {
    selector: (it) => `${keyOf(it)}/${it.at}`,
    minLength: 1,
    maxLength: 40,
  })
  const run = fc.asyncProperty(history, fc.integer({ min: 1, max: 4 }), async (observations, width) => {
    await pool.query('truncate member, guild_sync cascade')
    const requests: (typeof observations)[] = []
    for (const it of observations) {
      const open = requests.find(
        (request) => request.length < 8 && !request.some((other) => keyOf(other) === keyOf(it)),
      )
      if (open) open.push(it)
      else requests.push([it])
    }
    while (requests.length > 0) {
      const answers = await Promise.all(
        requests
          .splice(0, width)
          .map((it) =>
            patch(
              ...it.map(({ guild_id, id, at, ...rest }) => item(guild_id, id, { ...rest, observed_at: stamp(at) })),
            ),
          ),
      )
      for (const { status, text } of answers) if (status !== 200) throw new Error(text)
    }
    const newest = new Map<string, (typeof observations)[number]>()
    for (const it of observations) if (it.at >= (newest.get(keyOf(it))?.at ?? -1)) newest.set(keyOf(it), it)
    for (const guild of GUILDS) {
      const expected = [...newest.values()]
        .filter((it) => it.guild_id === guild)
        .sort((a, b) => a.id - b.id)
        .map(({ guild_id: _, id, at, ...it }) => ({ ...aMember(id), ...it, id: `${id}`, observed_at: stamp(at) }))
      t.same(await members(guild), expected)
    }
    if (!t.passing()) throw new Error('The mirror is not the newest observation')
  })
  const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
  t.comment(`seed ${seed}`)
  await fc.assert(run, { numRuns: 40, seed })
})

t.test('overlapping requests at once, in opposite orders: all are answered', async (t) => {
  const items = GUILDS.flatMap((guild) => Array.from({ length: 60 }, (_, index) => ({ guild, id: index + 1 })))
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      patch(
        ...(n % 2 ? items : items.toReversed()).map(({ guild, id }) =>
          item(guild, id, { name: `by ${n}`, observed_at: stamp(n + 1) }),
        ),
      ),
    ),
  )
  t.strictSame(new Set(answers.map((it) => it.status)), new Set([200]))
  t.strictSame(new Set((await members('2')).map((it: { name: string }) => it.name)), new Set(['by 9']))
})

t.test('limits, faults and scopes', async (t) => {
  const { max } = LIMITS.max_members_per_request
  const items = Array.from({ length: max + 1 }, (_, index) => item('1', index + 1))
  t.match(await patch(...items.slice(1)), { status: 200, body: { counts: { applied: max } } })
  const many = { status: 413, body: { code: 'too_many_items', limit: 'max_members_per_request', max, sent: max + 1 } }
  t.match(await patch(...items), many)
  t.match(await patch(item('1', 1), item('1', 1)), { status: 400, body: { issues: [{ path: 'members[1].id' }] } })
  t.match(await patch({ ...item('1', 1), observed_at: undefined }), { status: 400 })
  const ahead = item('1', 2, { observed_at: '2999-01-01T00:00:00Z' })
  t.match(await patch(item('1', 1), ahead), { status: 400, body: { issues: [{ path: 'members[1].observed_at' }] } })
})
