import { REST } from '@discordjs/rest'
import t from 'tap'
import { RateLimiter } from '../../src/rest/rate-limiter.js'
import { RequestWindows } from '../../src/rest/request-windows.js'
import { BOT_HEADERS, GUILD_ID, serve } from '../fixtures/serve.js'

const GUILD = `/guilds/${GUILD_ID}`

t.test('a fixed window opens again all at once, a sliding one request by request', async (t) => {
  let nowMs = 0
  const windows = new RequestWindows(() => nowMs)
  const take = (mode: 'fixed' | 'sliding') => windows.take(mode, { limit: 2, window_ms: 100, mode })
  const taken = (mode: 'fixed' | 'sliding') => [take(mode).allowed, take(mode).allowed, take(mode).allowed]
  t.strictSame(take('fixed'), { allowed: true, limit: 2, remaining: 1, resetAfterMs: 100 })
  t.strictSame(take('sliding'), { allowed: true, limit: 2, remaining: 1, resetAfterMs: 100 })
  nowMs = 60
  t.strictSame(taken('fixed'), [true, false, false])
  t.strictSame(taken('sliding'), [true, false, false])
  t.equal(take('sliding').resetAfterMs, 40)
  nowMs = 100
  t.strictSame(taken('fixed'), [true, true, false])
  t.strictSame(taken('sliding'), [true, false, false])
})

t.test('forgets the windows that were used longest ago', async (t) => {
  const windows = new RequestWindows(() => 0)
  const limit = { limit: 1, window_ms: 1_000, mode: 'fixed' as const }
  for (let key = 0; key < 10_001; key++) windows.take(`${key}`, limit)
  t.equal(windows.size, 10_000)
  t.equal(windows.take('10000', limit).allowed, false)
  t.equal(windows.take('0', limit).allowed, true)
})

t.test('invalid requests are forgotten when their window ends', async (t) => {
  let nowMs = 0
  const limiter = new RateLimiter(() => nowMs)
  limiter.change({ invalid_requests: { limit: 2, window_ms: 1_000, mode: 'fixed' } })
  limiter.countInvalid()
  nowMs = 400
  t.equal(limiter.banMs(), 0)
  limiter.countInvalid()
  t.equal(limiter.banMs(), 600)
  t.equal(limiter.invalidRequests, 2)
  nowMs = 1_000
  t.equal(limiter.banMs(), 0)
  t.equal(limiter.invalidRequests, 0)
})

t.test('every answer tells its bucket, and the eleventh role write in ten seconds is refused', async (t) => {
  let nowMs = Date.UTC(2026, 0, 1)
  const served = await serve(t, {}, { nowMs: () => nowMs })
  const [one, two] = await served.listed()
  const put = (id?: string) => served.discord(`PUT ${GUILD}/members/${id}/roles/${served.guild.seeded.membersId}`)
  const first = await put(one?.user.id)
  nowMs += 2_500
  const second = await put(two?.user.id)
  const told = (headers: Headers) =>
    ['limit', 'remaining', 'reset', 'reset-after'].map((it) => headers.get(`x-ratelimit-${it}`))
  t.strictSame(told(first.headers), ['10', '9', '1767225610.000', '10.000'])
  t.strictSame(told(second.headers), ['10', '8', '1767225610.000', '7.500'])
  t.match(first.headers.get('x-ratelimit-bucket'), /^[0-9a-f]{32}$/)
  t.equal(second.headers.get('x-ratelimit-bucket'), first.headers.get('x-ratelimit-bucket'))
  for (let more = 0; more < 8; more++) t.equal((await put(one?.user.id)).status, 204)
  const refused = await put(one?.user.id)
  t.equal(refused.status, 429)
  t.strictSame(refused.json(), { message: 'You are being rate limited.', retry_after: 7.5, global: false })
  t.equal(refused.headers.get('retry-after'), '8')
  t.equal(refused.headers.get('x-ratelimit-scope'), 'user')
  t.equal(refused.headers.get('x-ratelimit-global'), null)
  nowMs += 7_500
  t.equal((await put(one?.user.id)).status, 204)
  const { rate_limited, invalid_requests } = (await served.steer<Record<string, unknown>>('GET /state')).json()
  t.strictSame(rate_limited, { user: 1 })
  t.equal(invalid_requests, 1)
})

t.test('fifty requests a second over all routes, and no more', async (t) => {
  const nowMs = Date.now()
  const served = await serve(t, {}, { nowMs: () => nowMs })
  const answers = []
  for (let request = 0; request < 51; request++) answers.push(await served.discord('GET /users/@me'))
  t.strictSame([...new Set(answers.slice(0, 50).map((it) => it.status))], [200])
  const refused = answers[50]
  t.match(refused?.json(), { global: true, retry_after: 1 })
  t.equal(refused?.headers.get('x-ratelimit-global'), 'true')
  t.equal(refused?.headers.get('x-ratelimit-scope'), 'global')
})

t.test('a webhook takes five messages in two seconds, its channel thirty a minute', async (t) => {
  let nowMs = Date.now()
  const served = await serve(t, {}, { nowMs: () => nowMs })
  const [webhook] = served.simulator.webhooks.list()
  const post = () => served.discord(`POST /webhooks/${webhook?.id}/${webhook?.token}`, { content: 'x' }, {})
  const statuses = []
  for (let sent = 0; sent < 6; sent++) statuses.push((await post()).status)
  t.strictSame(statuses, [204, 204, 204, 204, 204, 429])
  nowMs += 2_000
  for (let sent = 0; sent < 25; sent++) {
    nowMs += 500
    t.equal((await post()).status, 204)
  }
  nowMs += 2_000
  const refused = await post()
  t.equal(refused.status, 429)
  t.equal(refused.headers.get('x-ratelimit-scope'), 'shared')
  t.equal((await served.steer<{ invalid_requests: number }>('GET /state')).json().invalid_requests, 1)
})

t.test('too many invalid requests shut the address out, with a page instead of JSON', async (t) => {
  let nowMs = Date.now()
  const served = await serve(t, {}, { nowMs: () => nowMs })
  await served.steer('PATCH /limits', { invalid_requests: { limit: 3, window_ms: 600_000 } })
  const stranger = { ...BOT_HEADERS, authorization: 'Bot stranger' }
  for (let sent = 0; sent < 3; sent++)
    t.equal((await served.discord('GET /users/@me', undefined, stranger)).status, 401)
  const shut = await served.discord('GET /users/@me')
  t.equal(shut.status, 429)
  t.throws(() => shut.json(), SyntaxError)
  t.match(shut.text, 'Error 1015')
  t.equal(shut.headers.get('retry-after'), '600')
  nowMs += 600_000
  t.equal((await served.discord('GET /users/@me')).status, 200)
})

t.test('limits are changed, reset and switched off while it runs', async (t) => {
  const served = await serve(t)
  const route = 'GET /guilds/:guild_id/roles'
  const window_ms = 60_000
  await served.steer('PATCH /limits', { routes: { [route]: { limit: 1, window_ms, mode: 'sliding' } } })
  t.equal((await served.discord(`GET ${GUILD}/roles`)).status, 200)
  t.equal((await served.discord(`GET ${GUILD}/roles`)).status, 429)
  t.equal(
    (await served.discord(`GET /guilds/700000000000000000/roles`)).status,
    404,
    'another guild has a bucket of its own',
  )
  await served.steer('PATCH /limits', { enabled: false })
  const free = await served.discord(`GET ${GUILD}/roles`)
  t.equal(free.status, 200)
  t.equal(free.headers.get('x-ratelimit-limit'), null)
  const limits = (
    await served.steer<{ routes: object }>('PATCH /limits', { enabled: true, routes: { [route]: null } })
  ).json()
  t.notOk(route in limits.routes)
  t.equal((await served.discord(`GET ${GUILD}/roles`)).headers.get('x-ratelimit-limit'), '100')
  t.equal((await served.steer('PATCH /limits', { default: { limit: 1_001, window_ms, mode: 'sliding' } })).status, 400)
})

t.test('the client library of Discord.js waits for its bucket and never meets a 429', async (t) => {
  const served = await serve(t)
  const route = 'PUT /guilds/:guild_id/members/:user_id/roles/:role_id'
  await served.steer('PATCH /limits', { routes: { [route]: { limit: 10, window_ms: 300 } } })
  const client = new REST({ api: `${served.origin}/api`, version: '10', retries: 0 }).setToken('simulator')
  t.teardown(() => client.clearHandlerSweeper())
  t.teardown(() => client.clearHashSweeper())
  const members = served.guild.members.page(0n, 35)
  const [role = ''] = served.guild.seeded.ordinary
  const put = (id: bigint) => client.put(`/guilds/${GUILD_ID}/members/${id}/roles/${role}`)
  const startedMs = performance.now()
  await Promise.all(members.map((it) => put(it.id)))
  t.ok(performance.now() - startedMs >= 900, 'four windows')
  t.strictSame(served.simulator.traffic.rateLimited, {})
  t.ok(served.guild.members.page(0n, 35).every((it) => it.roles.includes(role)))
})
