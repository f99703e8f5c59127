import { MAX_BOT_PAGE_SIZE, MAX_MEMBERS_PER_REQUEST } from '@rollcall/contract'
import t from 'tap'
import {
  botClient,
  type Line,
  NEGATIVE,
  NO_INTEGER,
  NOT_NULL,
  REQUIRED,
  seedRoles,
  seedUsers,
  TOO_LARGE,
  transcript,
  user,
} from '../../fixtures/bot.js'
import { build } from '../../fixtures/build.js'

const present = { id: ['User with ID already present.'] }
const noRole = (...ids: number[]) => ({ roles: ids.map((id) => `Role with ID ${id} does not exist`) })
const page = (count: number, next: number | null, previous: number | null, users: string[]) =>
  `{"count":${count},"next_page_no":${next},"previous_page_no":${previous},"results":[${users.join()}]}`

/** Page numbers and the first and last id of a page. */
async function shape(say: ReturnType<typeof botClient>, query: string) {
  const { status, text } = await say(`GET /users${query}`)
  if (status !== 200) return [status, text]
  const { count, next_page_no, previous_page_no, results } = JSON.parse(text)
  const ids = results.map((it: { id: number }) => it.id)
  const isAscending = ids.every((id: number, index: number) => index === 0 || id > ids[index - 1])
  return [count, next_page_no, previous_page_no, ids.length, ids[0], ids.at(-1), isAscending]
}

t.test('creates one user, complete or with its defaults', async (t) => {
  const { app, key, pool } = await build(t)
  await seedRoles(pool, 7, 602951077675139072n)
  const given = user(42, { name: 'joe', display_name: 'Joe', roles: [602951077675139072n, 7, 7], in_guild: false })
  await transcript(t, botClient(app, key), [
    ['POST /users', given, 201, given],
    ['POST /users', given, 400, present],
    ['POST /users', '{"id":43,"name":"x","discriminator":0,"foo":1}', 201, user(43, { name: 'x', discriminator: 0 })],
    ['GET /users/42', undefined, 200, `${given.slice(0, -1)},"alts":[]}`],
    [
      'POST /users',
      '{"id":"0044","name":" é🎉 ","discriminator":"7","in_guild":"No","roles":["7"]}',
      201,
      user(44, { name: 'é🎉', discriminator: 7, in_guild: false, roles: [7] }),
    ],
    [
      'POST /users',
      '{"id":9007199254740993,"name":"n","discriminator":1}',
      201,
      user(9007199254740993n, { name: 'n', discriminator: 1 }),
    ],
    [
      'POST /users',
      '{"id":9223372036854775807,"name":"n","discriminator":1}',
      201,
      user(9223372036854775807n, { name: 'n', discriminator: 1 }),
    ],
    ['POST /users', '{"id":9223372036854775808,"name":"n","discriminator":1}', 400, { id: TOO_LARGE }],
    [
      'GET /users/9223372036854775807',
      undefined,
      200,
      `${user(9223372036854775807n, { name: 'n', discriminator: 1 }).slice(0, -1)},"alts":[]}`,
    ],
    ['GET /users/9223372036854775806', undefined, 404, { detail: 'No User matches the given query.' }],
    [
      'GET /users?name=n',
      undefined,
      200,
      page(2, null, null, [
        user(9007199254740993n, { name: 'n', discriminator: 1 }),
        user(9223372036854775807n, { name: 'n', discriminator: 1 }),
      ]),
    ],
    ['POST /users', { id: 0, name: 42, discriminator: 9999 }, 201, user(0, { name: '42', discriminator: 9999 })],
  ])
})

t.test('names every faulty field, in the order of the contract', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 1)
  await seedRoles(pool, ...Array.from({ length: 250 }, (_, index) => index))
  const valid = { id: 2, name: 'x', discriminator: 1 }
  const faulty: [fields: object | string, answer: object][] = [
    [
      { id: true, name: undefined, discriminator: 'totally!' },
      { id: NO_INTEGER, name: REQUIRED, discriminator: NO_INTEGER },
    ],
    [
      { id: null, name: null, display_name: null, discriminator: null, roles: null, in_guild: null },
      {
        id: NOT_NULL,
        name: NOT_NULL,
        display_name: NOT_NULL,
        discriminator: NOT_NULL,
        roles: NOT_NULL,
        in_guild: NOT_NULL,
      },
    ],
    [
      { in_guild: [], roles: {}, discriminator: 1.5, display_name: false, name: {}, id: [] },
      {
        id: NO_INTEGER,
        name: ['Not a valid string.'],
        display_name: ['Not a valid string.'],
        discriminator: NO_INTEGER,
        roles: ['Expected a list of items but got type "dict".'],
        in_guild: ['Must be a valid boolean.'],
      },
    ],
    [
      { id: -1, discriminator: -1, roles: [0, -1] },
      { id: NEGATIVE, discriminator: NEGATIVE, roles: { 1: NEGATIVE } },
    ],
    [{ discriminator: 10_000 }, { discriminator: ['Ensure this value is less than or equal to 9999.'] }],
    [{ name: ' ' }, { name: ['This field may not be blank.'] }],
    [
      { name: 'x'.repeat(33), display_name: '🎉'.repeat(33) },
      {
        name: ['Ensure this field has no more than 32 characters.'],
        display_name: ['Ensure this field has no more than 32 characters.'],
      },
    ],
    [
      { name: 'a\0', display_name: 'a\ud800' },
      {
        name: ['Null characters are not allowed.'],
        display_name: ['Surrogate characters are not allowed: U+D800.'],
      },
    ],
    [{ roles: [404, 403, 404, 1] }, noRole(403, 404)],
    [
      { roles: ['x'], in_guild: 'maybe' },
      { roles: { 0: NO_INTEGER }, in_guild: ['Must be a valid boolean.'] },
    ],
    [
      { name: '', roles: [403], in_guild: 2 },
      {
        name: ['This field may not be blank.'],
        ...noRole(403),
        in_guild: ['Must be a valid boolean.'],
      },
    ],
    [{ roles: Array(251).fill(1) }, { roles: ['Ensure this field has no more than 250 elements.'] }],
    ['{"id":2,"name":"x","discriminator":1,"roles":[9223372036854775808]}', { roles: { 0: TOO_LARGE } }],
  ]
  const say = botClient(app, key)
  for (const [fields, answer] of faulty) {
    const body = typeof fields === 'string' ? fields : JSON.stringify({ ...valid, ...fields })
    const optional = Object.fromEntries(Object.entries(answer).filter(([, it]) => it !== REQUIRED))
    await transcript(t, say, [
      ['POST /users', body, 400, answer],
      ['PUT /users/1', body, 400, answer],
      ['PATCH /users/1', body, 400, optional],
      ['POST /users', `[${body}]`, 400, [answer]],
    ])
  }
  const all = Array.from({ length: 250 }, (_, index) => index)
  await transcript(t, say, [
    [
      'POST /users',
      { ...valid, name: '🎉'.repeat(32), roles: all },
      201,
      user(2, { name: '🎉'.repeat(32), discriminator: 1, roles: all }),
    ],
  ])
  const { text } = await say('PATCH /users/2', { roles: all.map((id) => id + 1_000) })
  t.equal(JSON.parse(text).roles.length, 20, 'twenty faults of a list are told')
  t.equal((await say('GET /users?discriminator=1&name=x')).text, page(0, null, null, []), 'nothing was stored')
})

t.test('creates those of a list that are not known, or none', async (t) => {
  const { app, key, pool } = await build(t)
  const say = botClient(app, key)
  await seedUsers(pool, 1)
  await seedRoles(pool, 5)
  const good = { id: 20, name: 'x', discriminator: 1 }
  const dictionary = (kind: string) => ({ non_field_errors: [`Invalid data. Expected a dictionary, but got ${kind}.`] })
  await transcript(t, say, [
    ['POST /users', [], 201, '[]'],
    ['POST /users', [good, { ...good, id: 21, roles: [404] }], 400, [{}, noRole(404)]],
    [
      'POST /users',
      [good, 7, null, 'x', [], { name: 'x' }],
      400,
      [
        {},
        dictionary('int'),
        NOT_NULL,
        dictionary('str'),
        dictionary('list'),
        { id: REQUIRED, discriminator: REQUIRED },
      ],
    ],
    ['POST /users', [good, { ...good, id: 22 }, good], 400, { id: ['User with ID 20 given multiple times.'] }],
    ['GET /users?name=x', undefined, 200, page(0, null, null, [])],
    [
      'POST /users',
      [
        { ...good, id: 1 },
        { ...good, roles: [5] },
      ],
      201,
      '[]',
    ],
    [
      'GET /users',
      undefined,
      200,
      page(2, null, null, [user(1), user(20, { name: 'x', discriminator: 1, roles: [5] })]),
    ],
    ['POST /users', [{ ...good, name: 'y' }], 201, '[]'],
    [
      'GET /users/20',
      undefined,
      200,
      `${user(20, { name: 'x', discriminator: 1, roles: [5] }).slice(0, -1)},"alts":[]}`,
    ],
  ])
  const many = (count: number) => Array.from({ length: count }, (_, index) => ({ ...good, id: 1_000 + index }))
  const tooMany = await say('POST /users', many(MAX_MEMBERS_PER_REQUEST + 1))
  t.equal(tooMany.status, 413)
  t.match(JSON.parse(tooMany.text), { limit: 'max_members_per_request', max: 1_000, sent: 1_001 })
  t.equal((await shape(say, '?name=x'))[0], 1)
  t.equal((await say('POST /users', many(MAX_MEMBERS_PER_REQUEST))).status, 201)
  t.equal((await shape(say, '?name=x'))[0], 1_001)
})

t.test('creating the same users twice at once stores each once', async (t) => {
  const { app, key } = await build(t)
  const say = botClient(app, key)
  const users = Array.from({ length: 500 }, (_, id) => ({ id, name: 'x', discriminator: 1 }))
  const answers = await Promise.all([say('POST /users', users), say('POST /users', users.toReversed())])
  t.strictSame(
    answers.map((it) => it.status),
    [201, 201],
  )
  const one = await Promise.all([1, 2, 3].map(() => say('POST /users', { id: 900, name: 'x', discriminator: 1 })))
  t.strictSame(one.map((it) => it.status).sort(), [201, 400, 400])
  t.equal((await shape(say, ''))[0], 501)
})

t.test('replaces, patches and deletes one user', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 2)
  await seedRoles(pool, 7, 8, 9)
  await pool.query('update role set deleting_since = now() where id = 8')
  await pool.query('update role set deleting_since = now(), deleted_at = now() where id = 9')
  const unknown = { detail: 'No User matches the given query.' }
  const changed = { name: 'Ann', display_name: 'A', discriminator: 0, roles: [7, 7], in_guild: false }
  const lines: Line[] = [
    ['PUT /users/1', { id: 1, name: 'Joe', discriminator: 5 }, 200, user(1, { name: 'Joe', discriminator: 5 })],
    ['PATCH /users/1', changed, 200, user(1, changed)],
    ['PUT /users/1', { id: '1', name: 'Ann', discriminator: 0 }, 200, user(1, changed)],
    ['PATCH /users/1', {}, 200, user(1, changed)],
    ['PATCH /users/1', { id: 1, alts: [{}], foo: null }, 200, user(1, changed)],
    ['PATCH /users/1', undefined, 200, user(1, changed)],
    ['PATCH /users/1', { roles: [7, 8, 9, 10] }, 400, noRole(8, 9, 10)],
    ['PUT /users/1', {}, 400, { id: REQUIRED, name: REQUIRED, discriminator: REQUIRED }],
    ['PATCH /users/1', { id: 2, name: 'x' }, 400, { id: ['This field cannot be updated.'] }],
    ['PUT /users/1', { id: 3, name: 'x', discriminator: 1 }, 400, { id: ['This field cannot be updated.'] }],
    ['PATCH /users/1', { id: 2, name: '' }, 400, { name: ['This field may not be blank.'] }],
    ['GET /users/1', undefined, 200, `${user(1, changed).slice(0, -1)},"alts":[]}`],
    ['PATCH /users/01', { roles: [], display_name: ' ' }, 200, user(1, { ...changed, roles: [], display_name: '' })],
    ['PUT /users/3', { id: 3, name: 'x', discriminator: 1 }, 404, unknown],
    ['PATCH /users/3', { name: 'x' }, 404, unknown],
    ['DELETE /users/3', undefined, 404, unknown],
    ['DELETE /users/2', undefined, 204, ''],
    ['DELETE /users/2', undefined, 404, unknown],
    ['GET /users', undefined, 200, page(1, null, null, [user(1, { ...changed, roles: [], display_name: '' })])],
  ]
  await transcript(t, botClient(app, key), lines)
})

t.test('a patch is never older than what is stored', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 1)
  await pool.query(`update member set observed_at = now() + interval '1 hour'`)
  await transcript(t, botClient(app, key), [
    ['PATCH /users/1', { name: 'x' }, 200, user(1, { name: 'x' })],
    ['PATCH /users/bulk_patch', [{ id: 1, name: 'y' }], 200, `[${user(1, { name: 'y' })}]`],
  ])
})

t.test('numbers its pages', async (t) => {
  const { app, key, pool } = await build(t)
  const say = botClient(app, key)
  const none = [404, '{"detail":"Invalid page."}']
  t.strictSame(await shape(say, ''), [0, null, null, 0, undefined, undefined, true])
  t.strictSame(await shape(say, '?page=last'), [0, null, null, 0, undefined, undefined, true])
  t.strictSame(await shape(say, '?page=2'), none)

  await seedUsers(pool, 2_499)
  t.strictSame(await shape(say, ''), [2_499, null, null, 2_499, 1, 2_499, true])
  await pool.query(
    `insert into member select guild_id, 2500, name, display_name, 0, roles, true, observed_at from member where id = 1`,
  )
  t.strictSame(await shape(say, ''), [2_500, null, null, 2_500, 1, 2_500, true])
  await pool.query(
    `insert into member select guild_id, 2501, name, display_name, 0, roles, true, observed_at from member where id = 1`,
  )
  t.strictSame(await shape(say, ''), [2_501, 2, null, 2_500, 1, 2_500, true])
  t.strictSame(await shape(say, '?page=2'), [2_501, null, 1, 1, 2_501, 2_501, true])
  t.strictSame(await shape(say, '?page=last'), [2_501, null, 1, 1, 2_501, 2_501, true])
  t.strictSame(await shape(say, '?page=2&page_size=1000'), [2_501, 3, 1, 1_000, 1_001, 2_000, true])
  t.strictSame(await shape(say, '?page=1&page=3&page_size=1000'), [2_501, null, 2, 501, 2_001, 2_501, true])
  t.strictSame(await shape(say, '?page_size=1001'), [2_501, 2, null, 1_001, 1, 1_001, true])
  t.strictSame(await shape(say, '?page_size=1&page=2501'), [2_501, null, 2_500, 1, 2_501, 2_501, true])
  for (const size of ['0', '-5', 'junk', '1.5', '']) {
    t.strictSame((await shape(say, `?page_size=${size}`)).slice(0, 4), [2_501, 2, null, 2_500], size)
  }
  for (const number of ['0', '-1', '3', 'x', '1.5', '99999999999999999999', '9'.repeat(400), 'LAST']) {
    t.strictSame(await shape(say, `?page=${number}`), none, number)
  }
  t.strictSame((await shape(say, '?page=&format=json&foo=bar'))[1], 2)

  await pool.query(
    `insert into member select guild_id, 10000 + n, name, display_name, 0, roles, true, observed_at
     from member, generate_series(1, $1::int) as n where id = 1`,
    [MAX_BOT_PAGE_SIZE + 1 - 2_501],
  )
  for (const size of [MAX_BOT_PAGE_SIZE, MAX_BOT_PAGE_SIZE + 1, '9'.repeat(400)]) {
    t.strictSame((await shape(say, `?page_size=${size}`)).slice(0, 4), [10_001, 2, null, MAX_BOT_PAGE_SIZE])
  }
})

t.test('finds exact matches, all of which must hold', async (t) => {
  const { app, key, pool } = await build(t)
  const say = botClient(app, key)
  await seedUsers(pool, 30)
  await pool.query(`update member set name = 'Ann', display_name = 'A' where id in (3, 4, 5)`)
  await pool.query(`update member set discriminator = 9 where id in (5, 6)`)
  await pool.query(`insert into guild values (1, 'another', now())`)
  await pool.query(`insert into member values (1, 3, 'Ann', 'A', 9, '{}', true, now())`)
  const ann = (id: number, discriminator = id) => user(id, { name: 'Ann', display_name: 'A', discriminator })
  await transcript(t, say, [
    ['GET /users?name=Ann', undefined, 200, page(3, null, null, [ann(3), ann(4), ann(5, 9)])],
    ['GET /users?name=Ann&page_size=2&page=2', undefined, 200, page(3, null, 1, [ann(5, 9)])],
    ['GET /users?name=Ann&page=2', undefined, 404, { detail: 'Invalid page.' }],
    ['GET /users?name=ann', undefined, 200, page(0, null, null, [])],
    ['GET /users?display_name=A&discriminator=9', undefined, 200, page(1, null, null, [ann(5, 9)])],
    [
      'GET /users?username=nobody&discriminator=+9.0',
      undefined,
      200,
      page(3, null, null, [ann(5, 9), user(6, { discriminator: 9 }), user(9)]),
    ],
    ['GET /users?discriminator=9.5', undefined, 200, page(0, null, null, [])],
    ['GET /users?discriminator=1e99', undefined, 200, page(0, null, null, [])],
    ['GET /users?discriminator=9e0&name=&display_name=A', undefined, 200, page(1, null, null, [ann(5, 9)])],
    ['GET /users?discriminator=x&page=0', undefined, 400, { discriminator: ['Enter a number.'] }],
    ['GET /users?discriminator=0x9', undefined, 400, { discriminator: ['Enter a number.'] }],
    ['GET /users?discriminator=NaN', undefined, 400, { discriminator: ['Enter a number.'] }],
    ['GET /users?name=a%00b', undefined, 400, { name: ['Null characters are not allowed.'] }],
    ['GET /users?name=%ED%A0%80', undefined, 200, page(0, null, null, [])],
    ["GET /users?name=';--", undefined, 200, page(0, null, null, [])],
  ])
  t.equal((await say(`GET /users?name=${'x'.repeat(1_001)}`)).status, 400)
})
