import { createInflate } from 'node:zlib'
import type { RESTGetAPIGatewayBotResult } from 'discord-api-types/v10'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { GatewaySettings } from '../../src/gateway/settings.js'
import { type RawClient, rawClient, until } from '../fixtures/gateway-clients.js'
import { GUILD_ID, serve } from '../fixtures/serve.js'

const served = (t: Test, settings: Partial<GatewaySettings> = {}) =>
  serve(t, {}, { gateway: { identify_interval_ms: 0, ...settings } })

const identified = async (t: Test, origin: string, d: object = {}) => {
  const client = await rawClient(t, origin)
  client.identify(d)
  const ready = await client.next(client.event('READY'))
  return { ...client, ready }
}

t.test('each violation is closed with its code', async (t) => {
  const it = await served(t)
  const cases: [number, string, (client: RawClient) => unknown][] = [
    [4_001, 'an unknown opcode', (client) => client.send({ op: 99, d: null })],
    [4_002, 'no JSON', (client) => client.send('{')],
    [4_002, 'no payload', (client) => client.send({ d: 1 })],
    [4_002, 'identify without properties', (client) => client.send({ op: 2, d: { token: 'simulator', intents: 1 } })],
    [4_002, '4,097 bytes', (client) => client.send({ op: 1, d: null, x: `x${'ä'.repeat(2_036)}` })],
    [4_003, 'presence before identify', (client) => client.send({ op: 3, d: {} })],
    [4_003, 'op 8 before identify', (client) => client.send({ op: 8, d: {} })],
    [4_004, 'another token', (client) => client.identify({ token: 'x' })],
    [4_004, 'another token on resume', (client) => client.send({ op: 6, d: { token: 'x', session_id: 'y', seq: 1 } })],
    [4_005, 'identify twice', (client) => [client.identify(), client.identify()]],
    [4_010, 'a shard that there is not', (client) => client.identify({ shard: [2, 2] })],
    [4_010, 'half a shard', (client) => client.identify({ shard: [0.5, 2] })],
    [4_013, 'an unknown intent', (client) => client.identify({ intents: 1 << 30 })],
    [4_013, 'half an intent', (client) => client.identify({ intents: 1.5 })],
    [4_014, 'presences', (client) => client.identify({ intents: 1 << 8 })],
  ]
  for (const [code, name, act] of cases) {
    const client = await rawClient(t, it.origin)
    await client.next((payload) => payload.op === 10)
    await act(client)
    t.equal(await client.closed, code, name)
  }
  for (const query of ['?v=9&encoding=json', '?v=10&encoding=etf', '?v=10&compress=zstd-stream'])
    t.equal(await (await rawClient(t, it.origin, `/gateway/${query}`)).closed, 4_012, query)
  t.equal(await (await rawClient(t, it.origin, '/elsewhere')).closed, 1_006, 'no such path')
  await it.steer('PATCH /app', { members_intent: false })
  const client = await rawClient(t, it.origin)
  client.identify({ intents: 3 })
  t.equal(await client.closed, 4_014, 'members without the privilege')
})

t.test('4,096 bytes and the 120th payload are let in', async (t) => {
  const it = await served(t)
  const client = await identified(t, it.origin)
  const frame = { op: 1, d: 1, x: '' }
  const text = JSON.stringify({ ...frame, x: 'x'.repeat(4_096 - JSON.stringify(frame).length) })
  t.equal(text.length, 4_096)
  client.send(text)
  for (let sent = 2; sent < 120; sent++) client.send({ op: 1, d: null })
  await until(() => client.received.filter((payload) => payload.op === 11).length === 119)
  client.send({ op: 3, d: {} })
  t.equal(await client.closed, 4_008)
})

t.test('too many guilds in a shard, and a number of shards of one’s own', async (t) => {
  const it = await served(t, { shard_multiple: 16 })
  const shut = async (shard: [number, number]) => {
    const client = await rawClient(t, it.origin)
    client.identify({ shard })
    return await Promise.race([client.closed, client.next(client.event('READY'))])
  }
  await it.steer('PUT /stubs', { count: 3_000 })
  t.equal(await shut([0, 1]), 4_011)
  t.match(await shut([1, 2]), { t: 'READY' })
  await it.steer('PUT /stubs', { count: 150_001 })
  t.equal(await shut([0, 100]), 4_010)
  t.match(await shut([0, 112]), { t: 'READY' })
})

t.test('identifies are paced by key and counted by day', async (t) => {
  const it = await served(t, { identify_interval_ms: 60_000, max_concurrency: 2, session_starts: 4 })
  const outcome = async (shard: [number, number]) => {
    const client = await rawClient(t, it.origin)
    client.identify({ shard })
    const closed = client.closed.then((code) => ({ code }))
    return await Promise.race([closed, client.next((payload) => payload.op === 9 || payload.t === 'READY')])
  }
  t.match(await outcome([0, 3]), { t: 'READY' })
  t.match(await outcome([1, 3]), { t: 'READY' })
  t.match(await outcome([2, 3]), { op: 9, d: false }, 'the key of shard 0')
  const bot = async () => (await it.discord<RESTGetAPIGatewayBotResult>('GET /gateway/bot')).json()
  t.match((await bot()).session_start_limit, { total: 4, remaining: 1, max_concurrency: 2 })
  const bystander = await rawClient(t, it.origin)
  await it.steer('PATCH /gateway', { identify_interval_ms: 0 })
  t.match(await outcome([2, 3]), { t: 'READY' })
  t.match(await outcome([2, 3]), { code: 4_004 }, 'one too many')
  t.equal(await bystander.closed, 4_004, 'and everybody is out')
  t.equal((await it.discord('GET /users/@me')).status, 401)
  t.match(await outcome([0, 3]), { code: 4_004 })
  t.strictSame((await it.steer('GET /gateway/sessions')).json(), [])
  const identifies = (await it.steer<{ outcome: string; key: number }[]>('GET /gateway/identifies')).json()
  t.strictSame(
    identifies.map((record) => [record.key, record.outcome]),
    [
      [0, 'ready'],
      [1, 'ready'],
      [0, 'invalid_session'],
      [0, 'ready'],
      [0, 'closed'],
      [0, 'closed'],
    ],
  )
  await it.steer('PATCH /app', { token_revoked: false })
  await it.steer('DELETE /gateway/session-starts')
  t.match(await outcome([0, 3]), { t: 'READY' })
})

t.test('the budget of identifies is whole again after its window', async (t) => {
  let nowMs = 1_790_000_000_000
  const it = await serve(t, {}, { nowMs: () => nowMs, gateway: { identify_interval_ms: 0, session_starts: 2 } })
  const left = async () => (await it.discord<RESTGetAPIGatewayBotResult>('GET /gateway/bot')).json().session_start_limit
  await identified(t, it.origin)
  await identified(t, it.origin)
  nowMs += 86_399_999
  t.match(await left(), { remaining: 0, reset_after: 1 })
  nowMs += 1
  t.match(await left(), { remaining: 2, reset_after: 86_400_000 })
})

t.test('a resume that cannot be', async (t) => {
  const it = await served(t, { event_log_length: 5 })
  const resumed = async (d: object) => {
    const client = await rawClient(t, it.origin)
    client.send({ op: 6, d: { token: 'simulator', session_id: 'unknown', seq: 1, ...d } })
    const closed = client.closed.then((code) => ({ code }))
    return await Promise.race([closed, client.next((payload) => payload.op === 9 || payload.t === 'RESUMED')])
  }
  t.match(await resumed({}), { op: 9, d: false }, 'unknown')
  const first = await identified(t, it.origin)
  const { session_id } = first.ready.d
  first.socket.close(4_000)
  await first.closed
  t.match(await resumed({ session_id, seq: 99 }), { code: 4_007 }, 'a number that was never given')
  t.match(await resumed({ session_id, seq: 1 }), { op: 9, d: false }, 'which ends the session')
  const second = await identified(t, it.origin)
  second.socket.terminate()
  await it.steer(`POST /guilds/${GUILD_ID}/members`, { count: 6 })
  t.match(await resumed({ session_id: second.ready.d.session_id, seq: 2 }), { op: 9, d: false }, 'too far behind')
  for (const code of [1_000, 1_001]) {
    const third = await identified(t, it.origin)
    third.socket.close(code)
    await third.closed
    t.match(await resumed({ session_id: third.ready.d.session_id, seq: 1 }), { op: 9, d: false }, `closed by ${code}`)
  }
})

t.test('a client that stays silent is closed, and its session with it', async (t) => {
  const it = await served(t, { heartbeat_interval_ms: 50 })
  const client = await identified(t, it.origin)
  t.equal(await client.closed, 4_009)
  t.strictSame((await it.steer('GET /gateway/sessions')).json(), [])
  const beating = await identified(t, it.origin)
  const timer = setInterval(() => beating.send({ op: 1, d: beating.received.at(-1)?.s ?? null }), 20)
  t.teardown(() => clearInterval(timer))
  await until(() => beating.received.filter((payload) => payload.op === 11).length > 10)
  t.equal(beating.socket.readyState, beating.socket.OPEN)
})

t.test('a slow reader is dropped, and its session waits', async (t) => {
  const it = await served(t, { max_buffered_bytes: 100_000 })
  const client = await identified(t, it.origin)
  client.socket.pause()
  await it.steer('POST /gateway/storms', { events_per_second: 20_000, seconds: 30, guild_id: GUILD_ID })
  await until(async () => (await it.steer<unknown[]>('GET /gateway/closes')).json().length === 1)
  await it.steer('DELETE /gateway/storms')
  t.match((await it.steer('GET /gateway/closes')).json(), [{ reason: 'slow reader' }])
  t.match((await it.steer('GET /gateway/sessions')).json(), [{ connection_id: null }])
})

t.test('what is sent can be compressed as one stream', async (t) => {
  const it = await served(t)
  const socket = new WebSocket(`${it.origin.replace('http', 'ws')}/gateway?v=10&encoding=json&compress=zlib-stream`)
  t.teardown(() => socket.terminate())
  const inflate = createInflate()
  let text = ''
  inflate.on('data', (piece) => {
    text += String(piece)
  })
  socket.on('message', (data) => inflate.write(data as Buffer))
  await until(() => text.includes('heartbeat_interval'))
  socket.send(JSON.stringify({ op: 2, d: { token: 'simulator', properties: {}, intents: 3 } }))
  await until(() => text.includes('GUILD_CREATE'))
  t.match(JSON.parse(text.slice(text.indexOf('{"t":"READY"'), text.indexOf('{"t":"GUILD_CREATE"'))), { op: 0, s: 1 })
})
