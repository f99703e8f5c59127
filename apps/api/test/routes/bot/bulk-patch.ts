import { MAX_MEMBERS_PER_REQUEST } from '@rollcall/contract'
import t from 'tap'
import { deleteRole } from '../../../src/db/delete-role.js'
import {
  botClient,
  NO_INTEGER,
  NOT_NULL,
  REQUIRED,
  seedRoles,
  seedUsers,
  TOO_LARGE,
  transcript,
  user,
} from '../../fixtures/bot.js'
import { build, HOME_GUILD_ID } from '../../fixtures/build.js'

const LINE = 'PATCH /users/bulk_patch'
const noRole = (...ids: number[]) => ({ roles: ids.map((id) => `Role with ID ${id} does not exist`) })
const body = (message: string) => ({ non_field_errors: [message] })
const boolean = { in_guild: ['Must be a valid boolean.'] }

t.test('patches what is named and answers complete users in the order of the request', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  await seedRoles(pool, 7, 602951077675139072n)
  await pool.query(
    `insert into member select guild_id, 9223372036854775807, 'max', '', 1, '{}', true, 'epoch' from member where id = 1`,
  )
  const full = user(3, {
    name: 'é',
    display_name: 'É',
    discriminator: 9,
    roles: [602951077675139072n, 7, 7],
    in_guild: false,
  })
  await transcript(t, botClient(app, key), [
    [LINE, [], 200, '[]'],
    [
      LINE,
      `[${full},{"id":"1","in_guild":false},{"id":9223372036854775807,"roles":[7],"alts":[],"foo":1}]`,
      200,
      `[${full},${user(1, { in_guild: false })},${user(9223372036854775807n, { name: 'max', discriminator: 1, roles: [7] })}]`,
    ],
    [
      LINE,
      [{ id: 2 }, { id: 1, discriminator: 5 }],
      200,
      `[${user(2)},${user(1, { in_guild: false, discriminator: 5 })}]`,
    ],
    [
      LINE,
      [
        { id: 1, roles: [7] },
        { id: 2, name: 'two' },
        { id: 3, roles: [] },
      ],
      200,
      `[${user(1, { in_guild: false, discriminator: 5, roles: [7] })},${user(2, { name: 'two' })},${full.replace(/\[.*\]/, '[]')}]`,
    ],
  ])
})

t.test('checks in the order of the contract, and changes nothing unless everything is right', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  await seedRoles(pool, 7)
  const say = botClient(app, key)
  await transcript(t, say, [
    [LINE, undefined, 400, body('Expected a list of items but got type "dict".')],
    [LINE, {}, 400, body('Expected a list of items but got type "dict".')],
    [LINE, '7', 400, body('Expected a list of items but got type "int".')],
    [LINE, '"x"', 400, body('Expected a list of items but got type "str".')],
    [LINE, 'true', 400, body('Expected a list of items but got type "bool".')],
    [LINE, '1.5', 400, body('Expected a list of items but got type "float".')],
    [LINE, 'null', 400, body('No data provided')],
    [
      LINE,
      [
        { id: 1, in_guild: 'maybe' },
        { id: 2, discriminator: 'x' },
        { id: 3, name: 'x' },
      ],
      400,
      [boolean, { discriminator: NO_INTEGER }, {}],
    ],
    [
      LINE,
      [
        { id: 1, roles: [404, 403, 404] },
        { id: 2, roles: [402, 7] },
      ],
      400,
      [noRole(403, 404), noRole(402)],
    ],
    [
      LINE,
      [7, null, [], { in_guild: 'x' }],
      400,
      [
        body('Invalid data. Expected a dictionary, but got int.'),
        NOT_NULL,
        body('Invalid data. Expected a dictionary, but got list.'),
        boolean,
      ],
    ],
    [LINE, '[{"id":9223372036854775808}]', 400, [{ id: TOO_LARGE }]],
    [LINE, [{ id: null, name: null }], 400, [{ id: NOT_NULL, name: NOT_NULL }]],
    // A faulty field comes before a missing id, in the items' order: missing, repeated; both before an unknown user.
    [LINE, [{ name: 'x' }, { id: 1, in_guild: 2 }], 400, [{}, boolean]],
    [LINE, [{ id: 404, name: 'x' }, { name: 'x' }, { id: 404 }], 400, { id: REQUIRED }],
    [
      LINE,
      [{ id: 404, name: 'x' }, { id: '404' }, { name: 'x' }],
      400,
      { id: ['User with ID 404 given multiple times.'] },
    ],
    [LINE, [{ id: 1, name: 'x' }, { id: 406, name: 'x' }, { id: 405 }], 404, { detail: 'User with id 406 not found.' }],
    [LINE, [{ id: 405 }], 404, { detail: 'User with id 405 not found.' }],
    [LINE, [{ id: 1, alts: [] }, { id: 2 }], 400, body('Insufficient data provided.')],
    [
      'GET /users',
      undefined,
      200,
      `{"count":3,"next_page_no":null,"previous_page_no":null,"results":[${user(1)},${user(2)},${user(3)}]}`,
    ],
  ])
})

t.test('takes 1,000 users and refuses 1,001 before looking at any', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, MAX_MEMBERS_PER_REQUEST)
  const say = botClient(app, key)
  const items = (count: number) => Array.from({ length: count }, (_, index) => ({ id: count - index, in_guild: false }))
  const refused = await say(LINE, [...items(MAX_MEMBERS_PER_REQUEST), 'not even a user'])
  t.strictSame(
    [refused.status, refused.text],
    [
      413,
      JSON.stringify({
        detail: 'A bulk request carries at most 1,000 members. 1001 were sent.',
        limit: 'max_members_per_request',
        max: 1_000,
        sent: 1_001,
      }),
    ],
  )
  t.strictSame((await pool.query('select id from member where not in_guild')).rows, [])

  const { status, text } = await say(LINE, items(MAX_MEMBERS_PER_REQUEST))
  t.equal(status, 200)
  t.equal(
    text,
    `[${items(1_000)
      .map(({ id }) => user(id, { discriminator: id % 10_000, in_guild: false }))
      .join()}]`,
  )

  const faulty = await say(LINE, Array(1_000).fill({ id: 1, roles: Array(250).fill('x') }))
  t.equal(faulty.status, 400)
  t.equal(JSON.parse(faulty.text).length, 1_000)
  t.ok(faulty.text.length < 1_000_000, 'a body of nothing but faults is not answered by megabytes')
})

t.test('overlapping bulk patches in opposite orders are both answered', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 1_000)
  await seedRoles(pool, 1, 2)
  const say = botClient(app, key)
  const ids = Array.from({ length: 1_000 }, (_, index) => index + 1)
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all([
      say(
        LINE,
        ids.map((id) => ({ id, roles: [1], name: `a${round}` })),
      ),
      say(
        LINE,
        ids.toReversed().map((id) => ({ id, roles: [2], display_name: `b${round}` })),
      ),
      say(
        LINE,
        ids.slice(500).map((id) => ({ id, in_guild: round % 2 === 0 })),
      ),
    ])
    t.strictSame(
      answers.map((it) => it.status),
      [200, 200, 200],
    )
  }
  const { rows } = await pool.query('select distinct name, display_name, roles::text from member')
  t.equal(rows.length, 1, 'one of them was the last for every user')
  t.match(rows[0], { name: 'a2', display_name: 'b2', roles: /^\{[12]\}$/ })
})

t.test('a patch of another field at the same time is not lost', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 100)
  await seedRoles(pool, 1)
  const say = botClient(app, key)
  const ids = Array.from({ length: 100 }, (_, index) => index + 1)
  const [bulk, ...singles] = await Promise.all([
    say(
      LINE,
      ids.map((id) => ({ id, ...(id % 2 ? { name: `bulk ${id}` } : { roles: [1] }) })),
    ),
    ...ids.map((id) => say(`PATCH /users/${id}`, id % 2 ? { roles: [1] } : { name: `single ${id}` })),
  ])
  t.strictSame([bulk?.status, new Set(singles.map((it) => it.status))], [200, new Set([200])])
  const { rows } = await pool.query(`
    select id from member
    where roles <> '{1}' or name <> case when id % 2 = 1 then 'bulk ' else 'single ' end || id`)
  t.strictSame(rows, [])
})

t.test('a role that is deleted while users get it stays with none of them', async (t) => {
  const { app, key, pool } = await build(t, { limits: { bulkInFlight: 6 } })
  await seedUsers(pool, 500, [1])
  await seedRoles(pool, 1, 2)
  const say = botClient(app, key)
  const ids = Array.from({ length: 500 }, (_, index) => index + 1)
  const patching = ids.slice(0, 5).map((n) =>
    say(
      LINE,
      ids.map((id) => ({ id, roles: [2, 1], discriminator: n })),
    ),
  )
  const creating = say('POST /users', { id: 1_000, name: 'x', discriminator: 1, roles: [2, 1] })
  await deleteRole(pool, HOME_GUILD_ID, 1n)
  for (const { status } of await Promise.all([...patching, creating]))
    t.ok([200, 201, 400].includes(status), `${status}`)
  t.strictSame((await pool.query('select id from member where roles @> array[1::bigint]')).rows, [])
})
