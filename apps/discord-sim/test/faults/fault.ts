import { connect } from 'node:net'
import type { APIGuild, APIGuildMember, APIRole } from 'discord-api-types/v10'
import t from 'tap'
import { concernsRoute, Fault, routeOfFault } from '../../src/faults/fault.js'
import { FaultBook, MAX_FAULTS } from '../../src/faults/fault-book.js'
import { BOT_HEADERS, GUILD_ID, type Served, serve } from '../fixtures/serve.js'

const GUILD = `/guilds/${GUILD_ID}`
const PAGE = `GET ${GUILD}/members?limit=1000`

const arm = (served: Served, fault: object) => served.steer<{ id: number }>('POST /faults', fault)
const page = async (served: Served, query = '') => (await served.discord<APIGuildMember[]>(PAGE + query)).json()
const ids = (members: readonly APIGuildMember[]) => members.map((it) => it.user.id)

t.test('which requests are hit follows from their order alone', async (t) => {
  const hits = (fault: object, requests: number) => {
    const book = new FaultBook(routeOfFault)
    const armed = book.arm(Fault.parse({ fault: 'unauthorized', ...fault }))
    const struck = Array.from({ length: requests }, () => book.draw(concernsRoute('GET /users/@me')).length)
    return { struck: struck.join(''), armed }
  }
  t.equal(hits({}, 4).struck, '1000')
  t.equal(hits({ after: 1, times: 2 }, 5).struck, '01100')
  t.equal(hits({ times: 0 }, 5).struck, '11111')
  t.match(hits({ after: 3 }, 5).armed, { matched: 5, hits: 1 })
  t.equal(hits({ route: 'GET /gateway' }, 3).struck, '000')
  const half = { times: 0, probability: 0.5, seed: 3 }
  t.equal(hits(half, 60).struck, hits(half, 60).struck)
  t.not(hits(half, 60).struck, hits({ ...half, seed: 4 }, 60).struck)
  const share = hits(half, 1_000).armed.hits / 1_000
  t.ok(share > 0.45 && share < 0.55, `${share}`)
})

t.test('faults are listed with their hits, replaced, cleared and bounded', async (t) => {
  const served = await serve(t)
  t.equal((await arm(served, { fault: 'unauthorized', route: 'GET /users/@me' })).status, 201)
  await served.discord('GET /users/@me')
  t.match((await served.steer('GET /faults')).json(), [{ route: 'GET /users/@me', matched: 1, hits: 1 }])
  await served.steer('PUT /faults', { fault: 'hang' })
  t.match((await served.steer<unknown[]>('GET /faults')).json(), [{ fault: { fault: 'hang' } }])
  t.equal((await served.steer('DELETE /faults')).status, 204)
  t.strictSame((await served.steer('GET /faults')).json(), [])
  t.match((await arm(served, { fault: 'unauthorized', route: 'GET /user' })).json(), {
    message: /^No route "GET \/user"; there are: GET \/gateway,/,
  })
  t.equal((await arm(served, { fault: 'earthquake' })).status, 400)
  t.equal((await arm(served, { fault: 'hang', status: 500 })).status, 400)
  for (let armed = 0; armed < MAX_FAULTS; armed++) await arm(served, { fault: 'hang', route: 'GET /gateway' })
  t.equal((await arm(served, { fault: 'hang' })).status, 409)
})

t.test('refuses as Discord and the proxy in front of it do', async (t) => {
  const served = await serve(t)
  const struck = async (fault: object) => {
    await arm(served, fault)
    const { status, headers, text } = await served.discord('GET /users/@me')
    const json = headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined
    return { status, scope: headers.get('x-ratelimit-scope'), retryAfter: headers.get('retry-after'), json }
  }
  const limited = (global: boolean) => ({ message: 'You are being rate limited.', retry_after: 1.5, global })
  for (const scope of ['user', 'shared', 'global']) {
    t.strictSame(await struck({ fault: `rate_limit_${scope}`, retry_after: 1.5 }), {
      status: 429,
      scope,
      retryAfter: '2',
      json: limited(scope === 'global'),
    })
  }
  t.strictSame(await struck({ fault: 'rate_limit_html' }), {
    status: 429,
    scope: null,
    retryAfter: '1',
    json: undefined,
  })
  for (const status of [500, 503])
    t.match(await struck({ fault: 'server_error', status }), { status, json: { code: 0 } })
  for (const status of [502, 504]) t.match(await struck({ fault: 'server_error', status }), { status, json: undefined })
  t.match(await struck({ fault: 'unauthorized' }), { status: 401, json: { code: 0 } })
  t.match(await struck({ fault: 'forbidden' }), { status: 403, json: { code: 50001 } })
  t.match(await struck({ fault: 'forbidden', code: 50013 }), { status: 403, json: { code: 50013 } })
  t.match(await struck({ fault: 'forbidden', code: 50013, after: 1 }), { status: 200 })
  t.equal((await served.steer<{ invalid_requests: number }>('GET /state')).json().invalid_requests, 6, 'all but shared')
})

t.test('cuts connections, before and within a body', async (t) => {
  const served = await serve(t)
  await arm(served, { fault: 'socket_reset' })
  await t.rejects(served.discord('GET /users/@me'), { cause: { code: 'ECONNRESET' } })
  await arm(served, { fault: 'socket_reset', in_body: true })
  const started = await fetch(`${served.origin}/api/v10/users/@me`, { headers: BOT_HEADERS })
  t.equal(started.status, 200)
  await t.rejects(started.text(), TypeError)
  await arm(served, { fault: 'socket_reset', in_body: true })
  await t.rejects(served.discord(PAGE), TypeError)
  t.equal((await served.discord('GET /users/@me')).status, 200)
})

t.test('never answers, until the client gives up or the time is over', async (t) => {
  const served = await serve(t)
  await arm(served, { fault: 'hang' })
  const signal = AbortSignal.timeout(100)
  await t.rejects(fetch(`${served.origin}/api/v10/users/@me`, { headers: BOT_HEADERS, signal }), {
    name: 'TimeoutError',
  })
  await arm(served, { fault: 'hang', ms: 50 })
  const socket = connect(Number(new URL(served.origin).port), '127.0.0.1')
  socket.write(`GET /api/v10/users/@me HTTP/1.1\r\nhost: x\r\n\r\n`)
  socket.resume()
  await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
})

t.test('sends bodies slowly, cut short, and with a wrong clock', async (t) => {
  const served = await serve(t)
  await arm(served, { fault: 'slow_body', ms: 200 })
  const startedMs = performance.now()
  t.equal((await page(served)).length, 51)
  t.ok(performance.now() - startedMs >= 190)
  const whole = await served.discord(PAGE)
  await arm(served, { fault: 'truncated_json' })
  const cut = await served.discord(PAGE)
  t.equal(cut.status, 200)
  // The cut may go through a character.
  t.ok(cut.text.length > 1_000 && whole.text.startsWith(cut.text.slice(0, -3)))
  t.throws(() => cut.json(), SyntaxError)
  await arm(served, { fault: 'clock_skew', ms: -86_400_000 })
  const date = Date.parse((await served.discord('GET /users/@me')).headers.get('date') ?? '')
  t.ok(Math.abs(Date.now() - 86_400_000 - date) < 5_000)
})

t.test('pages lie, and the truth stays as it is', async (t) => {
  const served = await serve(t)
  const truth = await served.truth()
  const lie = async (fault: object) => {
    await arm(served, fault)
    return page(served)
  }
  const disorder = ids(await lie({ fault: 'page_out_of_order' }))
  t.equal(disorder[0], truth.at(-1)?.user.id)
  t.strictSame([...disorder].sort(), ids(truth).sort())
  t.equal(new Set(ids(await lie({ fault: 'page_duplicate_id' }))).size, truth.length - 1)
  t.strictSame(await lie({ fault: 'empty_members' }), [])
  t.equal((await lie({ fault: 'short_page' })).length, 25)
  t.strictSame(await lie({ fault: 'short_page', keep: 3 }), truth.slice(0, 3))
  const stale = await lie({ fault: 'stale_username', count: 2 })
  t.strictSame(
    stale.map((it) => it.user.username.startsWith('old.')),
    truth.map((_, place) => place < 2),
  )
  t.strictSame(await page(served), truth)
  t.strictSame(await served.truth(), truth)
  await arm(served, { fault: 'page_out_of_order' })
  t.equal((await served.discord<unknown[]>(`GET ${GUILD}/members?limit=1`)).json().length, 1)
})

t.test('somebody leaves or joins between two pages, ahead of the reader or behind', async (t) => {
  const served = await serve(t)
  const everybody = ids(await served.truth())
  const after = everybody[9] as string
  const next = async (fault: object) => {
    await arm(served, fault)
    return ids(await page(served, `&after=${after}`))
  }
  t.equal((await next({ fault: 'member_leaves_between_pages' }))[0], everybody[11])
  t.equal((await next({ fault: 'member_leaves_between_pages', side: 'behind' }))[0], everybody[11])
  t.notOk(ids(await served.truth()).includes(after))
  t.equal((await next({ fault: 'member_joins_between_pages' }))[0], `${BigInt(after) + 1n}`)
  t.equal((await next({ fault: 'member_joins_between_pages' }))[1], `${BigInt(after) + 2n}`)
  await next({ fault: 'member_joins_between_pages', side: 'behind' })
  t.ok(ids(await served.truth()).includes(`${BigInt(after) - 1n}`))
  await arm(served, { fault: 'member_joins_between_pages' })
  t.match((await page(served))[0]?.user.id, /^\d{17}$/)
  await arm(served, { fault: 'member_joins_between_pages', side: 'behind' })
  const { length } = await served.truth()
  t.equal((await page(served)).length, length)
})

t.test('roles are missing and counts are wrong', async (t) => {
  const served = await serve(t)
  const roles = async (fault: object) => {
    await arm(served, fault)
    return (await served.discord<APIRole[]>(`GET ${GUILD}/roles`)).json().length
  }
  t.equal(await roles({ fault: 'roles_missing' }), 0)
  t.equal(await roles({ fault: 'roles_missing', count: 3 }), 17)
  t.equal(await roles({ fault: 'roles_missing', after: 1 }), 20)
  await arm(served, { fault: 'wrong_counts', approximate_member_count: 5 })
  const counted = await served.discord<APIGuild>(`GET ${GUILD}?with_counts=true`)
  t.equal(counted.json().approximate_member_count, 5)
})

t.test('a write is confirmed and does not stick', async (t) => {
  const served = await serve(t)
  const [member] = served.guild.members.page(served.guild.members.page(0n, 1)[0]?.id ?? 0n, 1)
  const [role = ''] = served.guild.seeded.ordinary.filter((it) => !member?.roles.includes(it))
  await arm(served, { fault: 'put_that_does_not_stick' })
  const put = `PUT ${GUILD}/members/${member?.id}/roles/${role}`
  t.equal((await served.discord(put)).status, 204)
  t.notOk(served.guild.members.get(member?.id ?? 0n)?.roles.includes(role))
  t.equal((await served.discord(put)).status, 204)
  t.ok(served.guild.members.get(member?.id ?? 0n)?.roles.includes(role))
  await arm(served, { fault: 'put_that_does_not_stick', route: 'PATCH /guilds/:guild_id/members/:user_id' })
  const nameless = served.guild.members
    .page(0n, 50)
    .find((it) => it.roles.length === 1 && `${it.id}` !== served.guild.ownerId)
  const patched = await served.discord<APIGuildMember>(`PATCH ${GUILD}/members/${nameless?.id}`, { nick: 'Not kept' })
  t.equal(patched.json().nick, 'Not kept')
  t.not(served.guild.members.get(nameless?.id ?? 0n)?.nick, 'Not kept')
})
