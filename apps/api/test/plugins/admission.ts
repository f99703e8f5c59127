import { Scope } from '@rollcall/contract'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { aMember, GUILD, nativeClient, OBSERVED_AT, putGuild } from '../fixtures/native.js'

const { app, key, createKey, pool } = await build(t)
const request = nativeClient(app, key)
await putGuild(request)

/** Every native route and the scope it needs. */
const ROUTES = [
  ['GET', '/guilds', 'guilds:read'],
  ['GET', `/guilds/${GUILD}`, 'guilds:read'],
  ['PUT', `/guilds/${GUILD}`, 'guilds:write'],
  ['GET', `/guilds/${GUILD}/roles`, 'roles:read'],
  ['GET', `/guilds/${GUILD}/roles/1`, 'roles:read'],
  ['PUT', `/guilds/${GUILD}/roles/1`, 'roles:write'],
  ['DELETE', `/guilds/${GUILD}/roles/1`, 'roles:write'],
  ['GET', `/guilds/${GUILD}/members`, 'members:read'],
  ['GET', `/guilds/${GUILD}/members/1`, 'members:read'],
  ['PATCH', `/guilds/${GUILD}/members`, 'members:write'],
  ['GET', `/guilds/${GUILD}/sync-runs`, 'sync-runs:read'],
  ['GET', `/guilds/${GUILD}/sync-runs/1`, 'sync-runs:read'],
  ['POST', `/guilds/${GUILD}/sync-runs`, 'sync-runs:write'],
  ['PATCH', `/guilds/${GUILD}/sync-runs/1`, 'sync-runs:write'],
] as const satisfies [string, string, Scope][]

t.test('a wrong or missing token is 401 before anything else is looked at', async (t) => {
  const headers = [
    undefined,
    '',
    'Bearer',
    'Token ',
    `Basic ${key}`,
    key,
    'Bearer wrong',
    `Bearer ${key}x`,
    `Bearer ${key} x`,
    `Bearer ${'x'.repeat(8_000)}`,
  ]
  for (const authorization of headers) {
    for (const [method, url] of ROUTES) {
      const response = await app.inject({
        method,
        url: url.replace(GUILD, 'not-an-id'),
        headers: { ...(authorization === undefined ? {} : { authorization }), 'content-type': 'text/plain' },
        payload: '{',
      })
      t.equal(response.statusCode, 401, `${method} ${url} with ${authorization?.slice(0, 20)}`)
      t.equal(response.headers['www-authenticate'], 'Token')
      t.equal(response.json().code, 'unauthorized')
    }
  }
})

t.test('takes both words for a token, in any case', async (t) => {
  for (const scheme of ['Bearer', 'Token', 'bearer', 'TOKEN']) {
    const response = await app.inject({ url: '/guilds', headers: { authorization: `${scheme} ${key}` } })
    t.equal(response.statusCode, 200, scheme)
  }
})

t.test('each route needs its own scope, and only that', async (t) => {
  for (const [method, url, scope] of ROUTES) {
    const others = Scope.options.filter((it) => it !== scope)
    const without = nativeClient(app, await createKey(`without ${method} ${url}`, others))
    t.match(await without(method, url, method === 'GET' || method === 'DELETE' ? undefined : {}), {
      status: 403,
      body: { code: 'forbidden', message: new RegExp(scope) },
    })
    const only = nativeClient(app, await createKey(`only ${method} ${url}`, [scope]))
    const { status } = await only(method, url, method === 'GET' || method === 'DELETE' ? undefined : {})
    t.notOk([401, 403].includes(status), `${method} ${url} answers ${status}`)
  }
})

t.test('another method of a route is 405 with Allow, an unknown route 404', async (t) => {
  const { status, headers, body } = await request('POST', `/guilds/${GUILD}/members`, {})
  t.equal(status, 405)
  t.equal(headers.allow, 'GET, HEAD, PATCH')
  t.equal(body.code, 'method_not_allowed')
  t.match(await request('GET', '/nowhere'), { status: 404, body: { code: 'not_found' } })
  t.match(await request('GET', `/guilds/${GUILD}/`), { status: 404, body: { code: 'not_found' } })
})

t.test('reads JSON in UTF-8 and nothing else', async (t) => {
  const url = `/guilds/${GUILD}`
  const body = JSON.stringify({ name: 'Guild', observed_at: OBSERVED_AT })
  const cases: [Record<string, string>, string | Buffer, number, string | undefined][] = [
    [{ 'content-type': 'application/json' }, body, 200, undefined],
    [{ 'content-type': 'application/json; charset=UTF-8' }, body, 200, undefined],
    [{ 'content-type': 'application/json; charset="utf-8"' }, body, 200, undefined],
    [{ 'content-type': 'application/json', 'content-encoding': 'identity' }, body, 200, undefined],
    [{ 'content-type': 'application/json; charset=latin1' }, body, 415, 'unsupported_media_type'],
    [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, body, 415, 'unsupported_media_type'],
    [{ 'content-type': 'text/plain' }, body, 415, 'unsupported_media_type'],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 'name=x', 415, 'unsupported_media_type'],
    [{ 'content-type': 'nonsense' }, body, 415, 'unsupported_media_type'],
    [{ 'content-type': 'application/json' }, Buffer.from([0x7b, 0xff, 0x7d]), 400, 'malformed_json'],
    [{ 'content-type': 'application/json' }, '{"name":', 400, 'malformed_json'],
    [{ 'content-type': 'application/json' }, `${body}x`, 400, 'malformed_json'],
  ]
  for (const [headers, payload, status, code] of cases) {
    const response = await app.inject({
      method: 'PUT',
      url,
      headers: { ...headers, authorization: `Bearer ${key}` },
      payload,
    })
    t.equal(response.statusCode, status, JSON.stringify(headers))
    t.equal(response.json().code, code)
  }
})

t.test('a body beyond 64 KiB is refused by name where no bulk is expected', async (t) => {
  const body = JSON.stringify({ name: 'Guild', observed_at: OBSERVED_AT })
  t.equal((await request('PUT', `/guilds/${GUILD}`, body.padEnd(65_536))).status, 200)
  t.match(await request('PUT', `/guilds/${GUILD}`, body.padEnd(65_537)), {
    status: 413,
    body: { code: 'body_too_large', limit: 'max_body_bytes', max: 65_536, sent: 65_537 },
  })
})

t.test('a token that asks too often is told when to come back, others are not', async (t) => {
  const limited = await build(t, { limits: { rateRequests: 5, rateWindowSeconds: 60 } })
  const first = nativeClient(limited.app, limited.key)
  const second = nativeClient(limited.app, await limited.createKey('second', ['guilds:read']))
  for (let i = 0; i < 5; i++) t.equal((await first('GET', '/guilds')).status, 200)
  const refused = await first('GET', '/guilds')
  t.match(refused, { status: 429, body: { code: 'rate_limited' } })
  t.ok(Number(refused.headers['retry-after']) > 0 && Number(refused.headers['retry-after']) <= 60)
  t.equal(refused.body.retry_after, Number(refused.headers['retry-after']))
  t.equal((await second('GET', '/guilds')).status, 200)
  const nobody = await limited.app.inject({ url: '/guilds' })
  t.equal(nobody.statusCode, 401, 'who is not known has no allowance to spend')
})

t.test('one bulk request more than there is room for is 503 before its body is read', async (t) => {
  const narrow = await build(t, { limits: { bulkInFlight: 2 } })
  const patch = nativeClient(narrow.app, narrow.key)
  await putGuild(patch)
  const body = { observed_at: OBSERVED_AT, members: [aMember(1)] }

  // A lock holds two chunks in the middle of their work.
  const client = await narrow.pool.connect()
  await client.query('begin')
  await client.query('lock table member in access exclusive mode')
  const inside = [1, 2].map(() => patch('PATCH', `/guilds/${GUILD}/members`, body))
  await new Promise((resolve) => setTimeout(resolve, 100))
  const refused = await patch('PATCH', `/guilds/${GUILD}/members`, '{"malformed')
  t.match(refused, { status: 503, body: { code: 'too_many_bulk_requests' }, headers: { 'retry-after': '1' } })
  t.equal((await patch('GET', `/guilds/${GUILD}/roles`)).status, 200, 'other requests go on')
  await client.query('commit')
  client.release()
  t.strictSame(
    (await Promise.all(inside)).map((it) => it.status),
    [200, 200],
  )
  t.equal((await patch('PATCH', `/guilds/${GUILD}/members`, body)).status, 200, 'the places are free again')
})

t.test('a refused bulk request leaves its place', async (t) => {
  const narrow = await build(t, { limits: { bulkInFlight: 1 } })
  const patch = nativeClient(narrow.app, narrow.key)
  for (const body of ['{', '[]', { members: [] }, ' '.repeat(2_097_153)]) {
    const { status } = await patch('PATCH', `/guilds/${GUILD}/members`, body)
    t.ok(status === 400 || status === 413, `${status}`)
  }
  t.equal(
    (await patch('PATCH', '/guilds/404/members', { observed_at: OBSERVED_AT, members: [aMember(1)] })).status,
    404,
  )
})

t.test('the health check and the documentation are open', async (t) => {
  const health = await app.inject({ url: '/healthcheck', headers: { authorization: 'Bearer nonsense' } })
  t.equal(health.statusCode, 200)
  t.equal(health.body, '{"status":"ok"}')
  t.equal((await app.inject('/docs/')).statusCode, 200)
  t.match((await app.inject('/docs/json')).json(), { openapi: '3.1.0', info: { title: 'Rollcall' } })
})

t.test('a table that no migration has made yet is 503, because it passes', async (t) => {
  await pool.query('alter table guild rename to guild_away')
  const { status, text } = await request('GET', '/guilds')
  await pool.query('alter table guild_away rename to guild')
  t.equal(status, 503)
  t.match(text, /database_unavailable/)
})

t.test('an unforeseen fault is 500 without a word of its cause, and is logged whole', async (t) => {
  await pool.query('alter table guild alter observed_at type text')
  const { status, text } = await request('GET', '/guilds')
  await pool.query('alter table guild alter observed_at type timestamptz(6) using observed_at::timestamptz')
  t.equal(status, 500)
  t.match(text, /internal_error/)
  t.notMatch(text, /timezone|observed_at|select/)
})
