import { digestMembers, MAX_DIGESTED_MEMBERS, Member } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { aMember, GUILD, nativeClient, OBSERVED_AT, putGuild } from '../fixtures/native.js'

const MEMBERS = `/guilds/${GUILD}/members`
const ROLES = ['800000000000000001', '800000000000000002', '9223372036854775807']
const THROUGH = '9223372036854775807'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
await putGuild(request, ROLES)
t.beforeEach(() => pool.query('delete from member where guild_id = $1', [GUILD]))

const put = async (members: readonly object[]) => {
  if (members.length === 0) return
  const { status, body } = await request('PATCH', MEMBERS, { observed_at: OBSERVED_AT, members })
  t.equal(status, 200)
  t.equal(body.counts.failed, 0)
}
const digest = async (query: Record<string, string>) => {
  const { status, body } = await request('GET', `${MEMBERS}/digest?${new URLSearchParams(query)}`)
  t.equal(status, 200)
  return body
}
const of = (members: readonly object[]) => {
  const present = members.map((it) => Member.parse({ ...it, observed_at: OBSERVED_AT })).filter((it) => it.in_guild)
  return { sha256: digestMembers(present.sort((a, b) => (a.id < b.id ? -1 : 1))) }
}

t.test('is what the contract makes of the same members, whatever their names', async (t) => {
  const name = (minLength: number) =>
    fc.string({ unit: 'grapheme', minLength, maxLength: 8 }).filter((it) => it.length > 0 || minLength === 0)
  const member = fc.record({
    id: fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }).map(String),
    name: name(1),
    display_name: name(0),
    discriminator: fc.nat({ max: 9_999 }),
    roles: fc.subarray(ROLES),
    in_guild: fc.boolean(),
  })
  const isSound = (members: readonly object[]) =>
    members.every((it) => Member.safeParse({ ...it, observed_at: OBSERVED_AT }).success)
  const lists = fc.uniqueArray(member, { selector: (it) => it.id, maxLength: 12 }).filter(isSound)
  await fc.assert(
    fc.asyncProperty(lists, async (members) => {
      await pool.query('delete from member where guild_id = $1', [GUILD])
      await put(members)
      t.strictSame(await digest({ through: THROUGH }), of(members))
    }),
    { numRuns: 60 },
  )
})

t.test('differs when anything that is kept of a member differs, and not by the stamp', async (t) => {
  const one = aMember(1, { roles: [ROLES[0]] })
  const observed_at = new Date(Date.parse(OBSERVED_AT) + 60_000).toISOString()
  const digestAfter = async (change: object) => {
    await pool.query('delete from member where guild_id = $1', [GUILD])
    await put([one])
    await request('PATCH', MEMBERS, { observed_at, members: [{ id: 1, ...change }] })
    return (await digest({ through: THROUGH })).sha256
  }
  const sha256 = await digestAfter({ name: one.name })
  t.equal(sha256, of([one]).sha256)
  for (const change of [{ name: 'x' }, { display_name: 'x' }, { discriminator: 7 }, { roles: [ROLES[1]] }]) {
    t.not(await digestAfter(change), sha256, JSON.stringify(change))
  }
})

t.test('is of the present members above `after` and up to `through`', async (t) => {
  const members = [1, 2, 3, 4, 5].map((id) => aMember(id, { in_guild: id !== 3 }))
  await put(members)
  t.strictSame(await digest({ after: '1', through: '4' }), of(members.slice(1, 4)))
  t.strictSame(await digest({ after: '4', through: '4' }), of([]))
  t.strictSame(await digest({ after: '5', through: '1' }), of([]))
})

t.test('is of as many members as the limit says, former ones included, and of none more', async (t) => {
  const fill = `insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
    select $1, id, 'name', '', 0, '{}', id % 2 = 0, $2 from generate_series(1, $3::bigint) as id`
  await pool.query(fill, [GUILD, OBSERVED_AT, MAX_DIGESTED_MEMBERS + 1])
  t.match((await digest({ through: `${MAX_DIGESTED_MEMBERS}` })).sha256, /^[0-9a-f]{64}$/)
  t.strictSame(await digest({ through: `${MAX_DIGESTED_MEMBERS + 1}` }), { sha256: null })
})

t.test('is the same whether a role was never had or was deleted', async (t) => {
  const members = [aMember(1, { roles: [ROLES[0]] }), aMember(2, { roles: [ROLES[0], ROLES[1]] })]
  await put(members)
  t.equal((await request('DELETE', `/guilds/${GUILD}/roles/${ROLES[0]}`)).status, 200)
  t.strictSame(await digest({ through: THROUGH }), of([aMember(1), aMember(2, { roles: [ROLES[1]] })]))
})

t.test('an unknown guild is told, and is not one without members', async (t) => {
  const { status, body } = await request('GET', '/guilds/7/members/digest?through=9')
  t.equal(status, 404)
  t.equal(body.code, 'unknown_guild')
})

t.test('a faulty range is named', async (t) => {
  for (const [query, path] of [
    ['', 'through'],
    ['through=x', 'through'],
    ['through=1&after=-1', 'after'],
    ['through=9223372036854775808', 'through'],
  ] as const) {
    const { status, body } = await request('GET', `${MEMBERS}/digest?${query}`)
    t.equal(status, 400, query)
    t.equal(body.issues[0].path, `querystring.${path}`)
  }
})

t.test('an API that knows no digests would take the word for an id and say so', async (t) => {
  t.equal((await request('GET', `${MEMBERS}/digested`)).status, 400)
})
