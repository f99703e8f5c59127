import t from 'tap'
import { build } from '../fixtures/build.js'
import { aMember, GUILD, nativeClient, OBSERVED_AT, putGuild, stamp } from '../fixtures/native.js'

const MEMBERS = `/guilds/${GUILD}/members`
const ROLES = ['800000000000000001', '800000000000000002', '9223372036854775807']

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
await putGuild(request, ROLES)
t.beforeEach(() => pool.query('delete from member where guild_id = $1', [GUILD]))

const patch = (members: unknown[], observed_at: string | undefined = OBSERVED_AT) =>
  request('PATCH', MEMBERS, { observed_at, members })
const stored = async () => (await request('GET', MEMBERS)).body.members
const verdicts = (body: { results: { verdict: string; error?: { code: string } }[] }) =>
  body.results.map((it) => it.error?.code ?? it.verdict)

t.test('creates members from complete items and answers them as they were sent', async (t) => {
  const member = aMember('9007199254740993', { roles: [ROLES[0], ROLES[2]] })
  const { status, body } = await patch([member])
  t.equal(status, 200)
  t.strictSame(body, {
    counts: { applied: 1, unchanged: 0, stale: 0, failed: 0 },
    results: [{ id: '9007199254740993', verdict: 'applied' }],
  })
  const expected = { ...member, observed_at: OBSERVED_AT }
  t.strictSame(await stored(), [expected])
  t.strictSame((await request('GET', `${MEMBERS}/9007199254740993`)).body, expected)
})

t.test('keeps every bit of an id, as a bare integer and as a string', async (t) => {
  const item = (id: string) => JSON.stringify({ ...aMember('0'), id: 'ID' }).replace('"ID"', id)
  const bare = [item('9007199254740993'), item('9223372036854775807'), item('"9007199254740995"')]
  const { status } = await request('PATCH', MEMBERS, `{"observed_at":"${OBSERVED_AT}","members":[${bare}]}`)
  t.equal(status, 200)
  t.strictSame(
    (await stored()).map((it: { id: string }) => it.id),
    ['9007199254740993', '9007199254740995', '9223372036854775807'],
  )
})

t.test('changes only what is named', async (t) => {
  await patch([aMember(1, { roles: [ROLES[0]] })])
  for (const fields of [
    { name: 'new' },
    { display_name: '' },
    { discriminator: 9_999 },
    { roles: [] },
    { in_guild: false },
  ]) {
    const [before] = await stored()
    const observed_at = stamp(Number(before.observed_at.slice(-7, -1)))
    t.strictSame(verdicts((await patch([{ id: 1, ...fields }], observed_at)).body), ['applied'])
    t.strictSame(await stored(), [{ ...before, ...fields, observed_at }])
  }
})

t.test('newer beats older: an older observation is stale and changes nothing', async (t) => {
  await patch([aMember(1)], stamp(5))
  const before = await stored()
  t.strictSame(verdicts((await patch([{ id: 1, name: 'older' }], stamp(4))).body), ['stale'])
  t.strictSame(verdicts((await patch([{ id: 1, name: 'as old' }], stamp(5))).body), ['stale'])
  t.strictSame(await stored(), before)
  t.strictSame(verdicts((await patch([{ id: 1, name: 'newer' }], stamp(6))).body), ['applied'])
  t.match(await stored(), [{ name: 'newer', observed_at: stamp(6) }])
})

t.test('a confirmed state is as new as its confirmation: what was seen in between is stale', async (t) => {
  await patch([aMember(1)], stamp(1))
  t.strictSame(verdicts((await patch([aMember(1)], stamp(9))).body), ['unchanged'])
  t.strictSame(verdicts((await patch([{ id: 1, name: 'in between' }], stamp(5))).body), ['stale'])
})

t.test('sending a chunk again changes nothing', async (t) => {
  const chunk = [aMember(1, { roles: [ROLES[0]] }), aMember(2)]
  await patch(chunk)
  const before = await pool.query('select xmin, * from member where guild_id = $1 order by id', [GUILD])
  const { body } = await patch(chunk)
  t.strictSame(body.counts, { applied: 0, unchanged: 2, stale: 0, failed: 0 })
  const after = await pool.query('select xmin, * from member where guild_id = $1 order by id', [GUILD])
  t.strictSame(after.rows, before.rows, 'not even a row version was written')
})

t.test('an own stamp of an item overrides that of the request', async (t) => {
  await patch([aMember(1, { observed_at: stamp(9) })], stamp(1))
  t.match(await stored(), [{ observed_at: stamp(9) }])
})

t.test('one bad item never fails the others', async (t) => {
  await patch([aMember(1)])
  const { status, body } = await patch(
    [{ id: 404, name: 'partial' }, { id: 1, name: 'good' }, aMember(5, { roles: ['404404'] }), aMember(6)],
    stamp(2),
  )
  t.equal(status, 200)
  t.strictSame(verdicts(body), ['unknown_member', 'applied', 'unknown_role', 'applied'])
  t.strictSame(body.counts, { applied: 2, unchanged: 0, stale: 0, failed: 2 })
  t.match(body.results[2].error.message, /404404/)
  t.strictSame(
    (await stored()).map((it: { id: string; name: string }) => [it.id, it.name]),
    [
      ['1', 'good'],
      ['6', 'member 6'],
    ],
  )
})

t.test('answers in the order of the request, whatever the order of the ids', async (t) => {
  const { body } = await patch([aMember(3), { id: 2, name: 'x' }, aMember(1)])
  t.strictSame(
    body.results.map((it: { id: string }) => it.id),
    ['3', '2', '1'],
  )
  t.strictSame(verdicts(body), ['applied', 'unknown_member', 'applied'])
})

t.test('holds the limit of 1,000 items: 1,000 pass, 1,001 are refused by name and change nothing', async (t) => {
  const items = Array.from({ length: 1_001 }, (_, index) => aMember(index + 1))
  const refused = await patch(items)
  t.equal(refused.status, 413)
  t.match(refused.body, { code: 'too_many_items', limit: 'max_members_per_request', max: 1_000, sent: 1_001 })
  t.strictSame(await stored(), [])
  t.match(await patch(items.slice(1)), { status: 200, body: { counts: { applied: 1_000 } } })
})

t.test('holds the byte limit: the last byte passes, one more is refused by name', async (t) => {
  const body = JSON.stringify({ observed_at: OBSERVED_AT, members: [aMember(1, { display_name: 'ascii' })] })
  const padded = body.padEnd(2_097_152, ' ')
  t.equal((await request('PATCH', MEMBERS, padded)).status, 200)
  const refused = await request('PATCH', MEMBERS, `${padded} `)
  t.equal(refused.status, 413)
  t.match(refused.body, { code: 'body_too_large', limit: 'max_bulk_body_bytes', max: 2_097_152, sent: 2_097_153 })
})

t.test('refuses bad input with a 4xx that names the place, and changes nothing', async (t) => {
  await patch([aMember(1)])
  const before = await stored()
  const items: [unknown, string, RegExp][] = [
    [null, 'members[0]', /object/],
    [5, 'members[0]', /object/],
    [[], 'members[0]', /object/],
    [{}, 'members[0].id', /id/],
    [{ id: -1 }, 'members[0].id', /0 to 9223372036854775807/],
    [{ id: 1.5 }, 'members[0].id', /id/],
    [{ id: '01' }, 'members[0].id', /id/],
    [{ id: '9223372036854775808' }, 'members[0].id', /id/],
    [{ id: true }, 'members[0].id', /id/],
    [{ id: 1, name: 5 }, 'members[0].name', /string/],
    [{ id: 1, name: null }, 'members[0].name', /string/],
    [{ id: 1, name: '' }, 'members[0].name', /1 to 32/],
    [{ id: 1, name: 'x'.repeat(33) }, 'members[0].name', /1 to 32/],
    [{ id: 1, name: '🎉'.repeat(33) }, 'members[0].name', /1 to 32/],
    [{ id: 1, name: 'a\0b' }, 'members[0].name', /NUL/],
    [{ id: 1, display_name: '\ud800' }, 'members[0].display_name', /surrogate/],
    [{ id: 1, display_name: 'x'.repeat(33) }, 'members[0].display_name', /0 to 32/],
    [{ id: 1, discriminator: -1 }, 'members[0].discriminator', />=0/],
    [{ id: 1, discriminator: 10_000 }, 'members[0].discriminator', /<=9999/],
    [{ id: 1, discriminator: '1' }, 'members[0].discriminator', /number/],
    [{ id: 1, in_guild: 'true' }, 'members[0].in_guild', /boolean/],
    [{ id: 1, roles: 'x' }, 'members[0].roles', /list/],
    [{ id: 1, roles: ['x'] }, 'members[0].roles', /position 0/],
    [{ id: 1, roles: [ROLES[0], ROLES[0]] }, 'members[0].roles', /once/],
    [{ id: 1, roles: Array.from({ length: 251 }, (_, index) => index) }, 'members[0].roles', /250/],
    [{ id: 1, nick: 'unknown field' }, 'members[0]', /nick/],
    [{ id: 1, observed_at: 'yesterday' }, 'members[0].observed_at', /instant/],
    [{ id: 1, observed_at: '2026-02-31T00:00:00Z' }, 'members[0].observed_at', /instant/],
    [{ id: 1, observed_at: '2999-01-01T00:00:00Z' }, 'members[0].observed_at', /ahead/],
  ]
  for (const [item, path, message] of items) {
    const { status, body } = await patch([item], stamp(5))
    t.equal(status, 400, JSON.stringify(item))
    t.match(body, { code: 'validation_failed', issues: [{ path, message }] }, JSON.stringify(item))
  }
  t.strictSame(await stored(), before)
})

t.test('refuses what is wrong with the request as a whole', async (t) => {
  const cases: [string, number, string][] = [
    ['{"members":[]}', 400, 'validation_failed'],
    [`{"observed_at":"${OBSERVED_AT}"}`, 400, 'validation_failed'],
    ['[]', 400, 'validation_failed'],
    ['null', 400, 'validation_failed'],
    ['', 400, 'validation_failed'],
    ['{"members":[{"id":1}]}', 400, 'validation_failed'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":1},{"id":"1"}]}`, 400, 'validation_failed'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":1}]`, 400, 'malformed_json'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":1}],"__proto__":{}}`, 400, 'malformed_json'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":1,"\\u005f_proto__":{}}]}`, 400, 'malformed_json'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":9223372036854775808}]}`, 400, 'validation_failed'],
    [`{"observed_at":"${OBSERVED_AT}","members":[{"id":1e3000}]}`, 400, 'validation_failed'],
    [`{"members":${'['.repeat(500_000)}${']'.repeat(500_000)}}`, 400, 'malformed_json'],
    [
      `{"observed_at":"${OBSERVED_AT}","members":[{"id":1,"roles":[${'[],'.repeat(300_000)}[]]}]}`,
      400,
      'validation_failed',
    ],
  ]
  for (const [body, status, code] of cases) {
    const answer = await request('PATCH', MEMBERS, body)
    t.match(answer, { status, body: { code } }, body.slice(0, 80))
    t.ok(answer.text.length < 5_000, 'the answer is short')
  }
})

t.test('tells at most 20 faults and how many more there are', async (t) => {
  const { body } = await patch(Array.from({ length: 1_000 }, () => ({ id: 'x', name: 5, roles: 5, in_guild: 5 })))
  t.equal(body.issues.length, 20)
  t.equal(body.issues_omitted, 3_980)
})

t.test('an unknown guild is 404 for every way in', async (t) => {
  for (const [method, url, body] of [
    ['GET', '/guilds/404/members', undefined],
    ['GET', '/guilds/404/members/1', undefined],
    ['PATCH', '/guilds/404/members', { observed_at: OBSERVED_AT, members: [aMember(1)] }],
  ] as const) {
    t.match(await request(method, url, body), { status: 404, body: { code: /unknown_(guild|member)/ } })
  }
  t.match(await request('GET', `${MEMBERS}/404`), { status: 404, body: { code: 'unknown_member' } })
})

t.test('lists by keyset with filters', async (t) => {
  await patch([
    aMember(1, { name: 'anna', roles: [ROLES[0]] }),
    aMember(2, { name: 'ann_%', roles: [ROLES[0], ROLES[1]] }),
    aMember(3, { name: 'Bob', in_guild: false }),
    aMember('9223372036854775807', { name: 'annabel', in_guild: false }),
  ])
  const ids = async (query: string) => {
    const { body } = await request('GET', `${MEMBERS}?${query}`)
    return [body.members.map((it: { id: string }) => it.id), body.next_after]
  }
  t.strictSame(await ids(''), [['1', '2', '3', '9223372036854775807'], null])
  t.strictSame(await ids('limit=2'), [['1', '2'], '2'])
  t.strictSame(await ids('limit=2&after=2'), [['3', '9223372036854775807'], '9223372036854775807'])
  t.strictSame(await ids('limit=2&after=9223372036854775807'), [[], null])
  t.strictSame(await ids(`role=${ROLES[1]}`), [['2'], null])
  t.strictSame(await ids('name_prefix=ann'), [['1', '2', '9223372036854775807'], null])
  t.strictSame(await ids('name_prefix=ann_%25'), [['2'], null], 'a prefix is text, not a pattern')
  t.strictSame(await ids('in_guild=false'), [['3', '9223372036854775807'], null])
  t.strictSame(await ids(`in_guild=true&name_prefix=a&role=${ROLES[0]}&limit=1`), [['1'], '1'])
})

t.test('refuses parameters that it would have to guess at', async (t) => {
  for (const query of [
    'limit=0',
    'limit=1001',
    'limit=x',
    'after=-1',
    'after=9223372036854775808',
    'in_guild=yes',
    'role=x',
    'nme_prefix=a',
    'limit=1&limit=2',
    `name_prefix=${'x'.repeat(33)}`,
    'name_prefix=%00',
  ]) {
    t.match(await request('GET', `${MEMBERS}?${query}`), { status: 400, body: { code: 'validation_failed' } }, query)
  }
  t.equal((await request('GET', `${MEMBERS}?limit=1000`)).status, 200)
})
