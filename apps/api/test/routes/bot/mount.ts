import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { MAX_BODY_BYTES, MAX_BULK_BODY_BYTES, Scope } from '@rollcall/contract'
import * as fc from 'fast-check'
import t from 'tap'
import { botClient, REQUIRED, seedRoles, seedUsers, transcript, user } from '../../fixtures/bot.js'
import { build } from '../../fixtures/build.js'

const detail = (text: string) => JSON.stringify({ detail: text })

t.test('tells who is not let in, before anything else', async (t) => {
  const { app, key, prisma, createKey } = await build(t)
  const say = botClient(app, key)
  const expired = await createKey('expired', ['members:read'])
  await prisma.api_token.updateMany({ where: { name: 'expired' }, data: { expires_at: new Date(0) } })
  const revoked = await createKey('revoked', ['members:read'])
  await prisma.api_token.updateMany({ where: { name: 'revoked' }, data: { revoked_at: new Date(0) } })

  const cases: [header: string, answer: string][] = [
    ['', 'Authentication credentials were not provided.'],
    [`Bearer ${key}`, 'Authentication credentials were not provided.'],
    ['Token', 'Invalid token header. No credentials provided.'],
    ['Token a b', 'Invalid token header. Token string should not contain spaces.'],
    ['Token nobody', 'Invalid token.'],
    [`Token ${expired}`, 'User inactive or deleted.'],
    [`token ${revoked}`, 'User inactive or deleted.'],
  ]
  for (const [authorization, expected] of cases) {
    const answer = await say('GET /users', undefined, { authorization })
    t.strictSame([answer.status, answer.text], [401, detail(expected)], authorization.slice(0, 10))
    t.equal(answer.headers['www-authenticate'], 'Token')
  }

  const requests = [
    'GET /',
    'GET /users',
    'GET /users/whatever',
    'GET /users/1',
    'POST /users',
    'PUT /users/1',
    'PATCH /users/1',
    'DELETE /users/1',
    'PUT /users',
    'OPTIONS /users',
    'PATCH /users/bulk_patch',
    'POST /users/1/alts',
    'PATCH /users/1/alts',
    'DELETE /users/1/alts',
    'GET /users/1/alts',
    'GET /users?page=0&discriminator=x',
    'GET /roles',
    'POST /roles',
    'GET /roles/1',
    'PUT /roles/1',
    'PATCH /roles/1',
    'DELETE /roles/1',
  ]
  for (const line of requests) {
    const answer = await say(line, line.startsWith('GET') ? undefined : '{', { authorization: '' })
    t.strictSame([answer.status, answer.text], [401, detail('Authentication credentials were not provided.')], line)
  }
  const open = await app.inject({ url: '/healthcheck', headers: { authorization: 'Token nobody' } })
  t.strictSame([open.statusCode, open.body], [200, '{"status":"ok"}'])
})

t.test('a token does what its scopes say', async (t) => {
  const { app, createKey } = await build(t)
  const needed: [line: string, scope: Scope][] = [
    ['GET /users', 'members:read'],
    ['GET /users/1', 'members:read'],
    ['POST /users', 'members:write'],
    ['PUT /users/1', 'members:write'],
    ['PATCH /users/1', 'members:write'],
    ['DELETE /users/1', 'members:write'],
    ['PATCH /users/bulk_patch', 'members:write'],
    ['POST /users/1/alts', 'members:write'],
    ['PATCH /users/1/alts', 'members:write'],
    ['DELETE /users/1/alts', 'members:write'],
    ['GET /roles', 'roles:read'],
    ['GET /roles/1', 'roles:read'],
    ['POST /roles', 'roles:write'],
    ['PUT /roles/1', 'roles:write'],
    ['PATCH /roles/1', 'roles:write'],
    ['DELETE /roles/1', 'roles:write'],
  ]
  for (const scope of ['members:read', 'members:write', 'roles:read', 'roles:write'] as const) {
    const having = botClient(app, await createKey(scope, [scope]))
    const lacking = botClient(
      app,
      await createKey(
        `all but ${scope}`,
        Scope.options.filter((it) => it !== scope),
      ),
    )
    for (const [line] of needed.filter(([, it]) => it === scope)) {
      const refused = await lacking(line)
      t.strictSame([refused.status, refused.text], [403, detail('You do not have permission to perform this action.')])
      t.not((await having(line)).status, 403, line)
    }
  }
})

t.test('every answer has the headers of the contract', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 1)
  const say = botClient(app, key)
  const lines: [line: string, status: number, allow: string | undefined][] = [
    ['GET /users', 200, 'GET, POST, HEAD, OPTIONS'],
    ['GET /users?page=9', 404, 'GET, POST, HEAD, OPTIONS'],
    ['GET /users/1', 200, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'],
    ['GET /users/2', 404, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'],
    ['OPTIONS /users/1', 200, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'],
    ['POST /users/bulk_patch', 405, 'PATCH, OPTIONS'],
    ['GET /users/1/alts', 405, 'POST, PATCH, DELETE, OPTIONS'],
    ['GET /roles', 200, 'GET, POST, HEAD, OPTIONS'],
    ['DELETE /roles/1', 404, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS'],
    ['GET /', 200, 'GET, HEAD, OPTIONS'],
    ['GET /nothing', 404, undefined],
  ]
  for (const [line, status, allow] of lines) {
    const { headers, ...answer } = await say(line)
    t.equal(answer.status, status, line)
    t.match(headers, {
      'content-type': /^application\/json$/,
      vary: 'Accept',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    })
    t.equal(headers.allow, allow, line)
  }
  const gone = await say('DELETE /users/1')
  t.strictSame([gone.status, gone.text, gone.headers['content-type']], [204, '', undefined])
  t.equal(gone.headers.allow, 'GET, PUT, PATCH, DELETE, HEAD, OPTIONS')
})

t.test('an address takes its verbs and no other, whether or not there is something', async (t) => {
  const { app, key } = await build(t)
  const no = (verb: string) => detail(`Method "${verb}" not allowed.`)
  const forbidden: Record<string, string[]> = {
    '/users': ['PUT', 'PATCH', 'DELETE'],
    '/users/404': ['POST'],
    '/users/abc': ['POST'],
    '/users/bulk_patch': ['GET', 'POST', 'PUT', 'DELETE'],
    '/users/404/alts': ['GET', 'PUT'],
    '/roles': ['PUT', 'PATCH', 'DELETE'],
    '/roles/404': ['POST'],
  }
  const say = botClient(app, key)
  for (const [address, verbs] of Object.entries(forbidden)) {
    await transcript(
      t,
      say,
      verbs.map((verb) => [`${verb} ${address}`, verb === 'GET' ? undefined : '{', 405, no(verb)]),
    )
  }
  t.equal((await say('HEAD /users/bulk_patch')).status, 405)
  const head = await say('HEAD /users')
  t.strictSame([head.status, head.text, head.headers['content-type']], [200, '', 'application/json'])
  await transcript(t, say, [
    ['OPTIONS /users', undefined, 200, { renders: ['application/json'], parses: ['application/json'] }],
    ['GET /', undefined, 200, { users: 'http://localhost:80/bot/users', roles: 'http://localhost:80/bot/roles' }],
    ['GET /nothing', undefined, 404, detail('Not found.')],
    ['GET /users/1/metricity_data', undefined, 404, detail('Not found.')],
    ['GET /users/', undefined, 404, detail('Not found.')],
    ['GET /roles/', undefined, 404, detail('Not found.')],
    ['GET /users/abc', undefined, 404, detail('Not found.')],
    ['GET /roles/1.5', undefined, 404, detail('Not found.')],
    ['GET /users/-1', undefined, 404, detail('No User matches the given query.')],
    ['GET /users/9223372036854775808', undefined, 404, detail('No User matches the given query.')],
    ['DELETE /roles/99999999999999999999', undefined, 404, detail('No Role matches the given query.')],
  ])
  const moved = await say('GET ', undefined, { authorization: '' })
  t.strictSame([moved.status, moved.headers.location], [301, '/bot/'])
})

t.test('is served under its prefix, and only for a home guild', async (t) => {
  const prefixed = await build(t, { bot: { prefix: '/api' } })
  const headers = { authorization: `Token ${prefixed.key}` }
  t.equal((await prefixed.app.inject({ url: '/api/bot/users', headers })).statusCode, 200)
  t.equal((await prefixed.app.inject({ url: '/bot/users', headers })).statusCode, 404)
  t.equal((await prefixed.app.inject({ url: '/api/bot', headers })).headers.location, '/api/bot/')
  const root = await prefixed.app.inject({ url: '/api/bot/', headers })
  t.equal(root.json().users, 'http://localhost:80/api/bot/users')

  const homeless = await build(t, { bot: { homeGuildId: undefined } })
  t.equal((await botClient(homeless.app, homeless.key)('GET /users')).status, 404)
})

t.test('answers JSON to whoever takes it', async (t) => {
  const { app, key } = await build(t)
  const say = botClient(app, key)
  for (const accept of ['*/*', 'application/*', 'application/json', 'text/html, */*;q=0.1']) {
    t.equal((await say('GET /roles', undefined, { accept })).status, 200, accept)
  }
  for (const accept of ['text/plain', 'text/html', 'application/json;q=0']) {
    const answer = await say('GET /roles', undefined, { accept })
    t.strictSame([answer.status, answer.text], [406, detail('Could not satisfy the request Accept header.')], accept)
  }
})

t.test('a body is JSON in UTF-8, within its limit', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 1)
  await seedRoles(pool, 1)
  const say = botClient(app, key)
  const media = async (contentType: string, body: string | Buffer, headers = {}) => {
    const { status, text } = await say('PATCH /users/1', body, { 'content-type': contentType, ...headers })
    return [status, text]
  }
  t.strictSame(await media('text/plain', '{}'), [415, detail('Unsupported media type "text/plain" in request.')])
  t.strictSame(await media('', '{}'), [415, detail('Unsupported media type "" in request.')])
  t.strictSame(await media(';', '{}'), [415, detail('Unsupported media type ";" in request.')])
  t.equal((await media('application/x-www-form-urlencoded', 'name=x'))[0], 415)
  t.equal((await media('application/json; charset=latin1', '{}'))[0], 415)
  t.equal((await media('application/json', gzipSync('{}'), { 'content-encoding': 'gzip' }))[0], 415)
  t.strictSame(await media('Application/JSON; charset="UTF-8"', '{"name":"é"}'), [200, user(1, { name: 'é' })])
  t.strictSame(await media('application/json', ''), [200, user(1, { name: 'é' })], 'no body is {}')

  const malformed = ['{', '[1,]', '{"id":1', '{"id":01}', "{'id':1}", 'NaN', '\u{feff}{}', '"\u0000"', '{"a":1}x']
  const hostile = ['{"__proto__":{"name":"x"}}', '{"constructor":{"prototype":{}}}', '['.repeat(5_000)]
  for (const body of [
    ...malformed,
    ...hostile,
    `[${'9'.repeat(1_001)}]`,
    gzipSync('{}'),
    Buffer.from('"\xff"', 'latin1'),
  ]) {
    const [status, text] = await media('application/json', body)
    t.equal(status, 400, `${body}`.slice(0, 30))
    t.match(text, /^\{"detail":"JSON parse error - [^"]/)
  }

  // A list of no user: refused for what it is, or for its size, which is decided first.
  const sized = (bytes: number) => `[${' '.repeat(bytes - 2)}]`
  for (const [line, max, limit, within] of [
    ['PATCH /users/bulk_patch', MAX_BULK_BODY_BYTES, 'max_bulk_body_bytes', 200],
    ['POST /users', MAX_BULK_BODY_BYTES, 'max_bulk_body_bytes', 201],
    ['PATCH /users/1', MAX_BODY_BYTES, 'max_body_bytes', 400],
    ['POST /roles', MAX_BODY_BYTES, 'max_body_bytes', 400],
  ] as const) {
    t.equal((await say(line, sized(max))).status, within, line)
    const { status, text } = await say(line, sized(max + 1))
    t.equal(status, 413, line)
    t.match(JSON.parse(text), { limit, max, sent: max + 1, detail: `${max + 1} were sent.` })
    t.strictSame(Object.keys(JSON.parse(text)), ['detail', 'limit', 'max', 'sent'])
  }
  await transcript(t, say, [
    ['POST /users', undefined, 400, { id: REQUIRED, name: REQUIRED, discriminator: REQUIRED }],
    ['POST /users', 'null', 400, { non_field_errors: ['No data provided'] }],
    ['POST /roles', '[]', 400, { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] }],
    [
      'PATCH /users/1',
      '[{"name":"z"}]',
      400,
      { non_field_errors: ['Invalid data. Expected a dictionary, but got list.'] },
    ],
    ['PATCH /users/1', '7', 400, { non_field_errors: ['Invalid data. Expected a dictionary, but got int.'] }],
    ['PATCH /users/1', '"x"', 400, { non_field_errors: ['Invalid data. Expected a dictionary, but got str.'] }],
    ['PATCH /users/1', 'null', 400, { non_field_errors: ['No data provided'] }],
    ['PATCH /users/2', '{', 404, detail('No User matches the given query.')],
    ['PUT /users/2', undefined, 404, detail('No User matches the given query.')],
    ['PATCH /roles/2', '{', 404, detail('No Role matches the given query.')],
  ])
  t.equal((await say('DELETE /users/1', '{', { 'content-type': 'text/plain' })).status, 204, 'a body nobody reads')
})

t.test('tells when to come back', async (t) => {
  const { app, key } = await build(t, { limits: { rateRequests: 2 } })
  const say = botClient(app, key)
  await say('GET /roles')
  await say('GET /roles')
  const throttled = await say('GET /roles')
  t.equal(throttled.status, 429)
  t.match(throttled.text, /^\{"detail":"Request was throttled\. Expected available in \d+ seconds?\."\}$/)
  t.match(throttled.headers['retry-after'], /^\d+$/)
})

t.test('a database that is away is 503, a fault of ours 500, and neither is told more of', async (t) => {
  const { app, key, pool } = await build(t)
  const say = botClient(app, key)
  t.equal((await say('GET /users')).status, 200)
  for (const [error, status, text] of [
    [Object.assign(new Error('secret'), { code: '57P01' }), 503, 'The database cannot be reached at the moment.'],
    [new Error('secret'), 500, 'Internal server error.'],
  ] as const) {
    pool.query = () => {
      throw error
    }
    for (const line of ['GET /users', 'GET /users/1', 'GET /roles', 'PATCH /users/1', 'DELETE /users/1']) {
      const answer = await say(line)
      t.strictSame([answer.status, answer.text], [status, detail(text)], line)
      t.equal(answer.headers['content-type'], 'application/json')
      t.equal(answer.headers['retry-after'], status === 503 ? '2' : undefined)
    }
  }
})

t.test('one bulk request too many is put off before its body is read', async (t) => {
  const { app, key } = await build(t, { limits: { bulkInFlight: 1 } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const entered = new Promise<void>((resolve) => app.server.once('request', () => setTimeout(resolve, 100)))
  const slow = httpRequest({
    host: '127.0.0.1',
    port,
    method: 'PATCH',
    path: '/bot/users/bulk_patch',
    headers: { authorization: `Token ${key}`, 'content-type': 'application/json', 'content-length': '2' },
  })
  const answered = new Promise<number | undefined>((resolve) => slow.once('response', (it) => resolve(it.statusCode)))
  slow.write('[')
  await entered
  for (const line of ['PATCH /users/bulk_patch', 'POST /users']) {
    const { status, text, headers } = await botClient(app, key)(line, '[]')
    t.equal(status, 503, line)
    t.match(JSON.parse(text), { detail: /in flight already/ })
    t.equal(headers['retry-after'], '1')
  }
  slow.end(']')
  t.equal(await answered, 200)
})

t.test('nothing that is sent is a fault of ours', async (t) => {
  const { app, key, pool } = await build(t)
  await seedUsers(pool, 3)
  await seedRoles(pool, 1, 2)
  const say = botClient(app, key)
  const integer = fc.oneof(
    fc.integer({ min: -1, max: 4 }),
    fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }),
    fc.constantFrom(2n ** 63n, 2n ** 63n - 1n, 2n ** 53n + 1n, 2n ** 31n),
  )
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '🎉', ' ', '\0', '\ud800'), maxLength: 5 })
  const leaf = fc.oneof(integer, text, fc.double(), fc.boolean(), fc.constant(null))
  const any = fc.oneof(leaf, fc.array(leaf, { maxLength: 4 }))
  // Mostly what a field wants, so that what comes through is stored.
  const mostly = (wanted: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 15, arbitrary: wanted }, { weight: 1, arbitrary: any })
  const few = mostly(fc.integer({ min: 0, max: 4 }))
  const item = fc.record(
    {
      id: mostly(integer),
      name: mostly(text),
      display_name: mostly(text),
      discriminator: few,
      roles: mostly(fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 4 })),
      in_guild: mostly(fc.boolean()),
      colour: few,
      permissions: mostly(integer),
      position: few,
      target: few,
      actor: few,
      context: mostly(text),
    },
    {
      requiredKeys: ['id', 'name', 'discriminator', 'colour', 'permissions', 'position', 'target', 'actor', 'context'],
    },
  )
  const body = mostly(fc.oneof(item, fc.array(item, { maxLength: 3 })))
  const line = fc
    .tuple(
      fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'GET'),
      fc.constantFrom(
        '/users',
        '/users/{}',
        '/users/bulk_patch',
        '/users/{}/alts',
        '/roles',
        '/roles/{}',
        '/users?page={}&name={}',
      ),
      fc.oneof({ weight: 5, arbitrary: few }, { weight: 1, arbitrary: text }),
    )
    .map(([verb, address, id]) => `${verb} ${address.replaceAll('{}', encodeURIComponent(`${id}`.toWellFormed()))}`)
  await fc.assert(
    fc.asyncProperty(line, body, async (said, sent) => {
      const { status, text } = await say(said, said.startsWith('GET') ? undefined : bareJson(sent))
      if (status >= 500) throw new Error(`${said} ${bareJson(sent)}: ${status} ${text}`)
    }),
    { numRuns: 300 },
  )
})

/** JSON with a `bigint` as a bare integer. */
function bareJson(value: unknown): string {
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) return `[${value.map(bareJson).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, it]) => `${JSON.stringify(name)}:${bareJson(it)}`)
    .join()}}`
}
