import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t, { type Test } from 'tap'
import { ApiProcess, type Program, run } from './fixtures/api-process.js'
import { migrated } from './fixtures/build.js'
import { aMember, GUILD, OBSERVED_AT, stamp } from './fixtures/native.js'
import { client, createKey, MEMBERS, seed } from './fixtures/seeded.js'

const DATABASE_URL = 'postgres://rollcall:a-secret-password@127.0.0.1:1/rollcall'

/** Every line is JSON, and none of these words stands in any. */
function checkLog(t: Test, program: Program, secrets: readonly string[]): void {
  t.strictSame(
    program.lines.filter((it) => !('msg' in it)),
    [],
    'every line of the log is JSON',
  )
  for (const secret of secrets) t.notOk((program.stdout + program.stderr).includes(secret), `${secret} is not logged`)
}

t.test('tells every fault of the environment at once, without a value or a stack', async (t) => {
  const env = { DATABASE_URL: 'mysql://hidden', PORT: '65536', LOG_LEVEL: 'loud', DRAIN_TIMEOUT_MS: '-1' }
  const { code, stdout, stderr } = await run(t, 'main', [], env)
  t.equal(code, 1)
  t.equal(stdout, '')
  for (const name of Object.keys(env)) t.match(stderr, new RegExp(`^  ${name}: `, 'm'))
  t.notMatch(stderr, /hidden|65536|loud|\n\s+at /)
})

t.test('says which variable to set when a port is taken', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  t.teardown(() => taken.close())
  await sleep(50)
  const { port } = taken.address() as { port: number }
  for (const variable of ['PORT', 'MANAGEMENT_PORT']) {
    const env = { DATABASE_URL, PORT: '0', MANAGEMENT_PORT: '0', [variable]: `${port}` }
    const { code, stderr } = await run(t, 'main', [], env)
    t.equal(code, 1)
    t.equal(stderr, `Cannot listen on 127.0.0.1:${port}: it is taken already. Set HOST or ${variable} to another.\n`)
  }
})

t.test('starts before its database is migrated, says what is to do, and then serves', async (t) => {
  const url = await testDatabase(t)
  const api = new ApiProcess(t, url, { HOME_GUILD_ID: GUILD })
  await api.said(/npm run migrate/)
  const management = await api.managementUrl()
  t.equal((await fetch(new URL('/livez', management))).status, 200)
  t.equal((await fetch(new URL('/readyz', management))).status, 503)
  const request = client(await api.url(), 'none')
  const early = await request('GET', '/guilds')
  t.match([early.status, early.headers.get('retry-after')], [503, /^\d+$/])
  t.equal((await request('GET', '/healthcheck')).status, 200)

  t.equal((await run(t, 'migrate', [], { DATABASE_URL: url })).code, 0)
  await api.untilReadyzSays(200)
  t.equal(
    (await client(await api.url(), await createKey(url))('GET', `/guilds/${GUILD}`)).status,
    200,
    'the home guild',
  )
  api.kill('SIGTERM')
  t.strictSame(await api.ended, { code: 0, signal: null })
})

t.test('waits for a database that is away, and can be stopped meanwhile', async (t) => {
  const api = new ApiProcess(t, DATABASE_URL)
  await api.said(/cannot be reached yet/)
  const { status, headers } = await client(await api.url(), 'any')('GET', '/guilds')
  t.match([status, headers.get('retry-after')], [503, /^\d+$/])
  api.kill('SIGTERM')
  t.strictSame(await api.ended, { code: 0, signal: null })
  checkLog(t, api, ['a-secret-password'])
})

t.test('logs neither keys, nor the password, nor names; and gives every request an id', async (t) => {
  const url = await testDatabase(t, { template: await migrated() })
  const key = await createKey(url)
  const api = new ApiProcess(t, url, { LOG_LEVEL: 'trace' })
  await api.untilReadyzSays(200)
  const request = client(await api.url(), key)
  await seed(request, 1)
  const name = 'Zaphod-Beeblebrox'
  await request('PATCH', MEMBERS, { observed_at: stamp(1), members: [aMember('1', { name })] })
  await request('GET', `${MEMBERS}?name_prefix=${name}`)
  await request('PATCH', MEMBERS, { members: [aMember('2', { name: name.repeat(9), [name]: 1, roles: [name] })] })
  await request('PATCH', MEMBERS, `{"members":[{"name":"${name}",}]}`)
  await request('GET', `/guilds?${name}=${name}`)
  await request('GET', '/guilds', undefined, { authorization: `Bearer ${name}` })
  // A rule that only the database knows: the fault is ours, and Postgres quotes the row in it.
  const database = new pg.Client({ connectionString: url })
  await database.connect()
  await database.query(`alter table member add constraint no_zaphod check (name <> '${name}2')`)
  await database.end()
  const broken = await request('PATCH', MEMBERS, {
    observed_at: OBSERVED_AT,
    members: [aMember('3', { name: `${name}2`, display_name: name })],
  })
  t.equal(broken.status, 500)
  t.notMatch(broken.text, name)

  const own = await request('GET', '/guilds', undefined, { 'x-request-id': 'my-own_Id-1' })
  t.equal(own.headers.get('x-request-id'), 'my-own_Id-1')
  for (const forged of ['a b', 'x'.repeat(65), '"}', 'ünï']) {
    const answer = await request('GET', '/guilds', undefined, { 'x-request-id': forged })
    t.match(answer.headers.get('x-request-id'), /^[0-9a-f-]{36}$/, `instead of ${forged}`)
  }
  const refused = await request('GET', '/guilds/%zz')
  t.match(JSON.parse(refused.text), { code: 'bad_request', request_id: refused.headers.get('x-request-id') })

  api.kill('SIGTERM')
  await api.ended
  checkLog(t, api, [key, new URL(url).password, name])
  const logged = api.lines.filter((it) => 'req' in it || 'res' in it)
  t.ok(logged.length > 20)
  t.ok(logged.every((it) => 'reqId' in it))
  t.ok(logged.some((it) => 'reqId' in it && it.reqId === 'my-own_Id-1'))
  const told = JSON.parse(broken.text).request_id
  t.ok(
    api.lines.some((it) => 'err' in it && it.reqId === told && JSON.stringify(it.err).includes('no_zaphod')),
    'the log has the cause under the id that was told',
  )
})

/** An API in which one bulk request waits for a row that the test has locked. */
async function withBulkInFlight(t: Test, env: Record<string, string>) {
  const url = await testDatabase(t, { template: await migrated() })
  const api = new ApiProcess(t, url, env)
  await api.untilReadyzSays(200)
  const request = client(await api.url(), await createKey(url))
  await seed(request, 3)
  const database = new pg.Client({ connectionString: url })
  database.on('error', () => {})
  await database.connect()
  t.teardown(() => database.end())
  await database.query('begin')
  await database.query('select from member where id = 2 for update')
  const members = [1, 2, 3].map((id) => ({ id: `${id}`, display_name: 'drained' }))
  const answer = request('PATCH', MEMBERS, { observed_at: stamp(1), members }).catch((error: unknown) => error)
  const isWaiting = `select from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'rollcall-api'`
  while ((await database.query(isWaiting)).rowCount === 0) await sleep(10)
  return { api, database, answer, request }
}

t.test('on SIGTERM gives the request in flight its answer, lets nothing new in, and ends with 0', async (t) => {
  const { api, database, answer, request } = await withBulkInFlight(t, {})
  const publicUrl = await api.url()
  const silent = connect(Number(publicUrl.port), '127.0.0.1').on('error', () => {})
  const slow = connect(Number(publicUrl.port), '127.0.0.1').on('error', () => {})
  const drip = setInterval(() => slow.write('x'), 200)
  slow.write('GET /healthcheck HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  t.teardown(() => {
    clearInterval(drip)
    slow.destroy()
    silent.destroy()
  })
  await sleep(100)

  api.kill('SIGTERM')
  await api.said(/^draining$/)
  await api.untilReadyzSays(503)
  await t.rejects(request('GET', '/healthcheck'), 'a new connection is refused')
  t.notOk(api.hasEnded)

  const releasedAt = Date.now()
  await database.query('commit')
  t.match(await answer, { status: 200, text: /"applied":3/ })
  t.strictSame(await api.ended, { code: 0, signal: null })
  t.ok(Date.now() - releasedAt < 10_000, 'neither a silent connection, nor a slow, nor an open one holds it up')
  t.equal((await database.query(`select from member where display_name = 'drained'`)).rowCount, 3)
})

t.test('notes when a token was last used before it ends', async (t) => {
  const databaseUrl = await testDatabase(t, { template: await migrated() })
  const key = await createKey(databaseUrl)
  const api = new ApiProcess(t, databaseUrl)
  await api.untilReadyzSays(200)
  const startedMs = Date.now()
  t.equal((await client(await api.url(), key)('GET', '/guilds')).status, 200)
  api.kill('SIGTERM')
  t.equal((await api.ended).code, 0)
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  const { rows } = await database.query('select last_used_at from api_token')
  await database.end()
  t.ok(Math.abs(rows[0].last_used_at - startedMs) < 5_000, `${rows[0].last_used_at}`)
})

t.test('ends at the second SIGTERM, or when the drain takes too long', async (t) => {
  const twice = await withBulkInFlight(t, {})
  twice.api.kill('SIGTERM')
  await twice.api.said(/^draining$/)
  twice.api.kill('SIGTERM')
  t.strictSame(await twice.api.ended, { code: 1, signal: null })
  t.match(await twice.answer, Error)

  const slow = await withBulkInFlight(t, { DRAIN_TIMEOUT_MS: '300' })
  slow.api.kill('SIGTERM')
  t.strictSame(await slow.api.ended, { code: 1, signal: null })
  t.match(await slow.answer, Error)
})
