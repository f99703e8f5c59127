import { MAX_ALTS_PER_USER } from '@rollcall/contract'
import t from 'tap'
import { botClient, NOT_NULL, REQUIRED, seedUsers, transcript, user } from '../../fixtures/bot.js'
import { build, HOME_GUILD_ID } from '../../fixtures/build.js'

const NOW = Date.parse('2030-01-02T03:04:05.120Z')
const unknownUser = { detail: 'No User matches the given query.' }
const noUser = (id: number | string) => [`Invalid pk "${id}" - object does not exist.`]
const unique = { non_field_errors: ['The fields source, target must make a unique set.'] }
const noAlt = { non_field_errors: ['Specified account is not a known alternate account of this user'] }

const withAlts = (id: number, ...alts: object[]) => `${user(id).slice(0, -1)},"alts":${JSON.stringify(alts)}}`
const alt = (source: number, target: number, fields: object = {}) => ({
  source,
  target,
  actor: 3,
  context: 'Same name',
  created_at: '2030-01-02T03:04:05.120000Z',
  updated_at: '2030-01-02T03:04:05.120000Z',
  alts: [source],
  ...fields,
})

t.test('links two accounts in both directions, changes and ends the link from either side', async (t) => {
  let now = NOW
  const { app, key, pool } = await build(t, { now: () => now })
  await seedUsers(pool, 4)
  const say = botClient(app, key)
  await transcript(t, say, [
    ['POST /users/1/alts', { target: 2, actor: 3, context: ' Same name ', source: 4 }, 204, ''],
    ['GET /users/1', undefined, 200, withAlts(1, alt(1, 2))],
    ['GET /users/2', undefined, 200, withAlts(2, alt(2, 1))],
    ['POST /users/1/alts', { target: 2, actor: 3, context: 'x' }, 400, unique],
    ['POST /users/2/alts', { target: '1', actor: 3, context: 'x' }, 400, unique],
  ])
  now = Date.parse('2031-01-01T00:00:00Z')
  const changed = { context: 'New', updated_at: '2031-01-01T00:00:00Z' }
  await transcript(t, say, [
    ['PATCH /users/2/alts', { target: 1, context: 'New' }, 204, ''],
    ['GET /users/1', undefined, 200, withAlts(1, alt(1, 2, changed))],
    ['GET /users/2', undefined, 200, withAlts(2, alt(2, 1, changed))],
  ])
  const created = { created_at: '2031-01-01T00:00:00Z', updated_at: '2031-01-01T00:00:00Z' }
  await transcript(t, say, [
    ['POST /users/2/alts', { target: 4, actor: 3, context: 'Same name' }, 204, ''],
    ['GET /users/1', undefined, 200, withAlts(1, alt(1, 2, { ...changed, alts: [1, 4] }))],
    ['GET /users/2', undefined, 200, withAlts(2, alt(2, 1, changed), alt(2, 4, created))],
    ['PATCH /users/2', { alts: [] }, 200, user(2)],
    ['PATCH /users/bulk_patch', [{ id: 2, in_guild: true }], 200, `[${user(2)}]`],
    ['DELETE /users/2/alts', '1', 204, ''],
    ['DELETE /users/1/alts', '2', 400, noAlt],
    ['GET /users/1', undefined, 200, withAlts(1)],
    ['GET /users/2', undefined, 200, withAlts(2, alt(2, 4, created))],
  ])
})

t.test('tells what is wrong with a link', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  const good = { target: 2, actor: 3, context: 'x' }
  const long = { context: ['Ensure this field has no more than 1900 characters.'] }
  const itself = { source: ['The user may not be an alternate account of itself'] }
  const notAnAlt = { target: ['User is not an associated alt account'] }
  const integer = { non_field_errors: ['Request body should be an integer'] }
  await transcript(t, botClient(app, key), [
    ['POST /users/1/alts', {}, 400, { target: REQUIRED, actor: REQUIRED, context: REQUIRED }],
    [
      'POST /users/1/alts',
      { target: null, actor: 'x', context: '' },
      400,
      {
        target: NOT_NULL,
        actor: ['Incorrect type. Expected pk value, received str.'],
        context: ['This field may not be blank.'],
      },
    ],
    ['POST /users/1/alts', { target: 404, actor: 405, context: 'x' }, 400, { target: noUser(404), actor: noUser(405) }],
    [
      'POST /users/1/alts',
      '{"target":9223372036854775808,"actor":3,"context":"x"}',
      400,
      { target: noUser('9223372036854775808') },
    ],
    ['POST /users/1/alts', { ...good, target: 1 }, 400, itself],
    ['POST /users/1/alts', { ...good, context: 'x'.repeat(1_901) }, 400, long],
    ['POST /users/1/alts', [], 400, { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
    ['POST /users/404/alts', good, 404, unknownUser],
    ['POST /users/x/alts', good, 404, { detail: 'Not found.' }],
    ['PATCH /users/404/alts', {}, 400, { target: REQUIRED }],
    ['PATCH /users/404/alts', { target: 2 }, 400, { context: REQUIRED }],
    ['PATCH /users/404/alts', { target: 2, context: 'x' }, 404, unknownUser],
    ['PATCH /users/1/alts', { target: 2, context: 'x' }, 400, notAnAlt],
    ['PATCH /users/1/alts', { target: 404, context: 'x' }, 400, notAnAlt],
    ['PATCH /users/1/alts', { target: 2, context: 'x'.repeat(1_901) }, 400, long],
    ['PATCH /users/1/alts', '"target context"', 400, { target: REQUIRED }],
    ['PATCH /users/1/alts', 'null', 400, { target: REQUIRED }],
    ...['"2"', '[2]', '{}', 'null', 'true', '1.5', undefined].map(
      (body) => ['DELETE /users/1/alts', body, 400, integer] as const,
    ),
    ['DELETE /users/1/alts', '2', 400, noAlt],
    ['DELETE /users/1/alts', '-1', 400, noAlt],
    ['DELETE /users/1/alts', '9223372036854775808', 400, noAlt],
    ['DELETE /users/404/alts', '{', 404, unknownUser],
    ['POST /users/1/alts', { ...good, context: '🎉'.repeat(1_900) }, 204, ''],
  ])
})

t.test('goes with any of the three users', async (t) => {
  const { app, key, pool } = await build(t)
  const say = botClient(app, key)
  for (const id of [1, 2, 3]) {
    await seedUsers(pool, 3)
    t.equal((await say('POST /users/1/alts', { target: 2, actor: 3, context: 'x' })).status, 204)
    t.equal((await say(`DELETE /users/${id}`)).status, 204)
    t.strictSame((await pool.query('select * from alt_account')).rows, [], `user ${id}`)
    await pool.query('delete from member')
  }
})

t.test('the same link from both sides at once is made once', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  const say = botClient(app, key)
  const made = await Promise.all(
    [1, 2, 1, 2].map((id) => say(`POST /users/${id}/alts`, { target: 3 - id, actor: 3, context: 'x' })),
  )
  t.strictSame(made.map((it) => it.status).sort(), [204, 400, 400, 400])
  t.equal((await pool.query('select from alt_account')).rowCount, 2)
  const ended = await Promise.all([1, 2].map((id) => say(`DELETE /users/${id}/alts`, `${3 - id}`)))
  t.ok(ended.every((it) => [204, 400].includes(it.status)))
  t.equal((await pool.query('select from alt_account')).rowCount, 0)
})

t.test('a user has so many alternate accounts and no more', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, MAX_ALTS_PER_USER + 3)
  await pool.query(
    `insert into alt_account (guild_id, source, target, actor, context, created_at, updated_at)
     select $1, least(n, 1), n + 1, 1, 'x', now(), now() from generate_series(1, $2::int) as n`,
    [HOME_GUILD_ID, MAX_ALTS_PER_USER - 1],
  )
  const say = botClient(app, key)
  const last = MAX_ALTS_PER_USER + 2
  const full = { non_field_errors: ['A user has at most 250 alternate accounts.'] }
  await transcript(t, say, [
    ['POST /users/1/alts', { target: last, actor: 1, context: 'x' }, 204, ''],
    ['POST /users/1/alts', { target: last + 1, actor: 1, context: 'x' }, 400, full],
    [`POST /users/${last + 1}/alts`, { target: 1, actor: 1, context: 'x' }, 400, full],
    [`POST /users/${last + 1}/alts`, { target: last, actor: 1, context: 'x' }, 204, ''],
  ])
  t.equal(JSON.parse((await say('GET /users/1')).text).alts.length, MAX_ALTS_PER_USER)
})
