import { MAX_ROLES_PER_GUILD } from '@rollcall/contract'
import t from 'tap'
import {
  botClient,
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
import { build, HOME_GUILD_ID } from '../../fixtures/build.js'

const role = (id: number | string, position: number | string, { name = 'r', colour = 1, permissions = '8' } = {}) =>
  `{"id":${id},"name":"${name}","colour":${colour},"permissions":${permissions},"position":${position}}`
const unknown = { detail: 'No Role matches the given query.' }
const taken = { id: ['role with this ID already exists.'] }
const MAX = '9223372036854775807'

t.test('creates, lists from the top, replaces, patches and deletes', async (t) => {
  const { app, key } = await build(t)
  await transcript(t, botClient(app, key), [
    ['GET /roles', undefined, 200, '[]'],
    ['POST /roles', role(5, -1), 201, role(5, -1)],
    ['POST /roles', role(MAX, 2147483647, { permissions: MAX }), 201, role(MAX, 2147483647, { permissions: MAX })],
    ['POST /roles', role('602951077675139072', 0), 201, role('602951077675139072', 0)],
    [
      'GET /roles',
      undefined,
      200,
      `[${role(MAX, 2147483647, { permissions: MAX })},${role('602951077675139072', 0)},${role(5, -1)}]`,
    ],
    ['GET /roles/602951077675139072', undefined, 200, role('602951077675139072', 0)],
    ['POST /roles', role(5, 1), 400, taken],
    [
      'POST /roles',
      '{"id":5,"name":"","colour":1,"permissions":1,"position":1}',
      400,
      { ...taken, name: ['This field may not be blank.'] },
    ],
    ['POST /roles', '{"name":"r","colour":1,"permissions":1,"position":1}', 400, { id: REQUIRED }],
    ['PUT /roles/5', role(5, 7, { name: 'new', colour: 0 }), 200, role(5, 7, { name: 'new', colour: 0 })],
    [
      'PUT /roles/5',
      {},
      400,
      { id: REQUIRED, name: REQUIRED, colour: REQUIRED, permissions: REQUIRED, position: REQUIRED },
    ],
    ['PATCH /roles/5', {}, 200, role(5, 7, { name: 'new', colour: 0 })],
    ['PATCH /roles/5', { id: 5, position: '8', foo: 1 }, 200, role(5, 8, { name: 'new', colour: 0 })],
    [
      'PATCH /roles/5',
      `{"permissions":${MAX},"colour":2147483647,"name":"é"}`,
      200,
      role(5, 8, { name: 'é', colour: 2147483647, permissions: MAX }),
    ],
    ['GET /roles/6', undefined, 404, unknown],
    ['PUT /roles/6', undefined, 404, unknown],
    ['PATCH /roles/6', undefined, 404, unknown],
    ['DELETE /roles/6', undefined, 404, unknown],
    ['DELETE /roles/5', undefined, 204, ''],
    ['DELETE /roles/5', undefined, 404, unknown],
    ['GET /roles/5', undefined, 404, unknown],
    ['PATCH /roles/5', {}, 404, unknown],
  ])
})

t.test('names every faulty field, in the order of the contract', async (t) => {
  const { app, key, pool } = await build(t)
  await seedRoles(pool, 1)
  const least = ['Ensure this value is greater than or equal to -2147483648.']
  const most = ['Ensure this value is less than or equal to 2147483647.']
  const faulty: [body: string, answer: object][] = [
    [
      '{"id":-1,"name":"","colour":-1,"permissions":-1,"position":-2147483649}',
      {
        id: NEGATIVE,
        name: ['This field may not be blank.'],
        colour: NEGATIVE,
        permissions: NEGATIVE,
        position: least,
      },
    ],
    [
      `{"id":9223372036854775808,"name":"${'x'.repeat(101)}","colour":2147483648,"permissions":9223372036854775808,"position":2147483648}`,
      {
        id: TOO_LARGE,
        name: ['Ensure this field has no more than 100 characters.'],
        colour: most,
        permissions: TOO_LARGE,
        position: most,
      },
    ],
    [
      '{"position":null,"permissions":null,"colour":null,"name":null,"id":null}',
      { id: NOT_NULL, name: NOT_NULL, colour: NOT_NULL, permissions: NOT_NULL, position: NOT_NULL },
    ],
    [
      '{"id":true,"name":[],"colour":"x","permissions":1.5,"position":{}}',
      {
        id: NO_INTEGER,
        name: ['Not a valid string.'],
        colour: NO_INTEGER,
        permissions: NO_INTEGER,
        position: NO_INTEGER,
      },
    ],
    [
      '{"id":2,"name":"a\\u0000","colour":0,"permissions":0,"position":0}',
      { name: ['Null characters are not allowed.'] },
    ],
  ]
  for (const [body, answer] of faulty) {
    await transcript(t, botClient(app, key), [
      ['POST /roles', body, 400, answer],
      ['PUT /roles/1', body, 400, answer],
      ['PATCH /roles/1', body, 400, answer],
    ])
  }
})

t.test('a deleted role leaves every user, and its id may come back', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  await seedRoles(pool, 5, 6)
  const noRole = { roles: ['Role with ID 5 does not exist'] }
  await transcript(t, botClient(app, key), [
    [
      'PATCH /users/bulk_patch',
      [
        { id: 1, roles: [5, 6, 5] },
        { id: 2, roles: [5] },
      ],
      200,
      `[${user(1, { roles: [5, 6, 5] })},${user(2, { roles: [5] })}]`,
    ],
    ['DELETE /roles/5', undefined, 204, ''],
    ['GET /users/1', undefined, 200, `${user(1, { roles: [6] }).slice(0, -1)},"alts":[]}`],
    ['GET /users/2', undefined, 200, `${user(2).slice(0, -1)},"alts":[]}`],
    ['PATCH /users/1', { roles: [5] }, 400, noRole],
    ['POST /roles', role(5, 3), 201, role(5, 3)],
    ['GET /roles/5', undefined, 200, role(5, 3)],
    ['PATCH /users/1', { roles: [5] }, 200, user(1, { roles: [5] })],
  ])
  await pool.query('update role set deleting_since = now() where id = 5')
  await transcript(t, botClient(app, key), [
    ['GET /roles/5', undefined, 200, role(5, 3)],
    ['POST /roles', role(5, 3), 400, taken],
    ['PATCH /users/2', { roles: [5] }, 400, noRole],
    ['DELETE /roles/5', undefined, 204, ''],
    ['GET /users/1', undefined, 200, `${user(1).slice(0, -1)},"alts":[]}`],
  ])
})

t.test('a role with another id moves there, and takes its users along', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  await seedRoles(pool, 5, 6, 8)
  await pool.query(`update member set roles = case id when 1 then '{6,5,6}'::bigint[] when 2 then '{5}' else '{8}' end`)
  await pool.query('update role set deleting_since = now(), deleted_at = now() where id = 8')
  await transcript(t, botClient(app, key), [
    ['PUT /roles/5', role(6, 1), 400, taken],
    ['PUT /roles/5', role(7, 1), 200, role(7, 1)],
    ['GET /roles/5', undefined, 404, unknown],
    ['GET /roles/7', undefined, 200, role(7, 1)],
    ['GET /users/1', undefined, 200, `${user(1, { roles: [6, 7, 6] }).slice(0, -1)},"alts":[]}`],
    ['GET /users/2', undefined, 200, `${user(2, { roles: [7] }).slice(0, -1)},"alts":[]}`],
    ['PATCH /roles/7', { id: 8, name: 'moved' }, 200, role(8, 1, { name: 'moved' })],
    ['GET /users/2', undefined, 200, `${user(2, { roles: [8] }).slice(0, -1)},"alts":[]}`],
  ])
})

t.test('a guild has so many roles and no more', async (t) => {
  const { app, key, pool } = await build(t)
  await pool.query(
    `insert into role (guild_id, id, name, colour, permissions, position, observed_at)
     select $1, n, 'role', 0, 0, 0, now() from generate_series(1, $2::int) as n`,
    [HOME_GUILD_ID, MAX_ROLES_PER_GUILD - 1],
  )
  const full = { detail: 'A guild has at most 500 roles. Delete one first.' }
  await transcript(t, botClient(app, key), [
    ['POST /roles', role(1_000, 0), 201, role(1_000, 0)],
    ['POST /roles', role(1_001, 0), 400, full],
    ['PUT /roles/1000', role(1_002, 0), 200, role(1_002, 0)],
    ['DELETE /roles/1', undefined, 204, ''],
    ['POST /roles', role(1_001, 0), 201, role(1_001, 0)],
  ])
})

t.test('the same role created many times at once is created once', async (t) => {
  const { app, key } = await build(t)
  const say = botClient(app, key)
  const created = await Promise.all(Array.from({ length: 6 }, () => say('POST /roles', role(5, 0))))
  t.strictSame(created.map((it) => it.status).sort(), [201, 400, 400, 400, 400, 400])
  const mixed = await Promise.all([
    say('PUT /roles/5', role(6, 0)),
    say('PATCH /roles/5', { name: 'x' }),
    say('DELETE /roles/5'),
    say('POST /roles', role(7, 0)),
  ])
  t.ok(
    mixed.every((it) => it.status < 500),
    mixed.map((it) => it.status).join(),
  )
})
