import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayDispatchEvents as Event } from 'discord-api-types/v10'
import t, { type Test } from 'tap'
import type { GatewaySettings } from '../../src/gateway/settings.js'
import { bot, rawClient, until } from '../fixtures/gateway-clients.js'
import { GUILD_ID, type Served, serve } from '../fixtures/serve.js'

const MEMBERS = `/guilds/${GUILD_ID}/members`
const QUICK = { identify_interval_ms: 0, heartbeat_interval_ms: 1_000 }

const served = (t: Test, settings: Partial<GatewaySettings> = {}) =>
  serve(t, {}, { gateway: { ...QUICK, ...settings } })
const arm = (it: Served, fault: object) => it.steer<{ struck: number }>('POST /gateway/faults', fault)
const join = async (it: Served, count: number) =>
  (await it.steer<{ ids: string[] }>(`POST ${MEMBERS}`, { count })).json().ids

/** A raw client that has identified. */
async function listener(t: Test, it: Served, shard: [number, number] = [0, 1]) {
  const client = await rawClient(t, it.origin)
  client.identify({ shard })
  const ready = await client.next(client.event('READY'))
  const joined = () => client.received.filter(client.event('GUILD_MEMBER_ADD')).map((payload) => payload.d.user.id)
  return { ...client, ready, joined }
}

t.test('a bot gets over whatever ends its connection, and misses nothing', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  const ends: [object, number][] = [
    [{ fault: 'tcp_drop' }, 1],
    [{ fault: 'reconnect' }, 2],
    [{ fault: 'close', code: 4_000 }, 3],
    [{ fault: 'close', code: 4_001 }, 4],
    [{ fault: 'close', code: 4_002 }, 5],
    [{ fault: 'invalid_session', resumable: true }, 6],
  ]
  const ids: string[] = []
  for (const [fault, resumes] of ends) {
    t.strictSame((await arm(it, fault)).json(), { struck: 1 })
    ids.push(...(await join(it, 3)))
    await until(() => client.resumes === resumes)
    await until(() => client.named(Event.GuildMemberAdd).length === ids.length)
  }
  t.strictSame(
    client.named(Event.GuildMemberAdd).map((event) => event.d.user.id),
    ids,
  )
  t.equal(client.named(Event.Ready).length, 1)
})

t.test('a bot starts anew where its session is gone', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  const ends = [
    { fault: 'invalid_session' },
    { fault: 'close', code: 4_003 },
    { fault: 'close', code: 4_007 },
    { fault: 'close', code: 4_008 },
    { fault: 'close', code: 4_009 },
    { fault: 'close', code: 1_000 },
  ]
  for (const [place, fault] of ends.entries()) {
    await arm(it, fault)
    await until(() => client.named(Event.Ready).length === place + 2)
    // The library has to be done with it before the next one strikes.
    await until(() => client.named(Event.GuildCreate).length === place + 2)
  }
  t.equal(client.errors.length, 0)
})

for (const code of [4_004, 4_010, 4_011, 4_012, 4_013, 4_014])
  t.test(`a bot gives up after ${code}`, async (t) => {
    const it = await served(t)
    const client = bot(t, it)
    await client.manager.connect()
    await arm(it, { fault: 'close', code })
    await until(() => client.errors.length === 1)
    t.equal((await it.steer<unknown[]>('GET /gateway/identifies')).json().length, 1)
    t.strictSame((await it.steer('GET /gateway/sessions')).json(), [])
  })

t.test('a missing answer is just that', async (t) => {
  const it = await served(t)
  await arm(it, { fault: 'no_hello' })
  const unwelcome = await rawClient(t, it.origin)
  await sleep(50)
  t.strictSame(unwelcome.received, [])

  await arm(it, { fault: 'no_ready' })
  const unready = await rawClient(t, it.origin)
  unready.identify()
  unready.send({ op: 1, d: null })
  await sleep(50)
  t.strictSame(
    unready.received.map((payload) => payload.op),
    [10],
  )

  const client = await listener(t, it)
  await arm(it, { fault: 'no_ack', after: 1 })
  for (let beat = 0; beat < 3; beat++) client.send({ op: 1, d: null })
  await until(() => client.received.filter((payload) => payload.op === 11).length === 2)
  await sleep(30)
  t.equal(client.received.filter((payload) => payload.op === 11).length, 2)

  await arm(it, { fault: 'request_heartbeat' })
  await client.next((payload) => payload.op === 1)
  await arm(it, { fault: 'silence', shard: 0 })
  const seen = client.received.length
  await join(it, 2)
  await sleep(30)
  t.equal(client.received.length, seen)
})

t.test('a bot notices that nobody acknowledges its heartbeats, and resumes', async (t) => {
  const it = await served(t, { heartbeat_interval_ms: 200 })
  const client = bot(t, it)
  await client.manager.connect()
  await arm(it, { fault: 'no_ack' })
  await until(() => client.resumes === 1)
  t.equal(client.named(Event.Ready).length, 1)
})

t.test('resumes can be refused, and can hang', async (t) => {
  const it = await served(t)
  const first = await listener(t, it)
  const { session_id } = first.ready.d
  first.socket.terminate()
  const resume = { op: 6, d: { token: 'simulator', session_id, seq: 1 } }
  await arm(it, { fault: 'resume_hangs' })
  const hanging = await rawClient(t, it.origin)
  hanging.send(resume)
  hanging.send({ op: 1, d: null })
  await hanging.next((payload) => payload.op === 11)
  t.notOk(hanging.received.some((payload) => payload.op === 0 || payload.op === 9))
  await arm(it, { fault: 'resume_refused', resumable: true })
  const refused = await rawClient(t, it.origin)
  refused.send(resume)
  t.match(await refused.next((payload) => payload.op === 9), { d: true })
  refused.send(resume)
  t.match(await refused.next(refused.event('RESUMED')), { s: 2 }, 'and on the same connection it works')
  refused.socket.terminate()
  await arm(it, { fault: 'resume_refused' })
  const gone = await rawClient(t, it.origin)
  gone.send(resume)
  t.match(await gone.next((payload) => payload.op === 9), { d: false })
  t.strictSame(
    (await it.steer<{ outcome: string }[]>('GET /gateway/resumes')).json().map((record) => record.outcome),
    ['fault', 'invalid_session', 'resumed', 'invalid_session'],
  )
})

t.test('events are lost, doubled, swapped and late, and the journal knows which', async (t) => {
  const it = await served(t)
  const client = await listener(t, it)
  const event = 'GUILD_MEMBER_ADD'
  await arm(it, { fault: 'drop_event', event, after: 1 })
  const dropped = await join(it, 3)
  await until(() => client.joined().length === 2)
  t.strictSame(client.joined(), [dropped[0], dropped[2]])
  await arm(it, { fault: 'double_event', event })
  const doubled = await join(it, 1)
  await until(() => client.joined().length === 4)
  t.strictSame(client.joined().slice(2), [doubled[0], doubled[0]])
  await arm(it, { fault: 'swap_events', event })
  const swapped = await join(it, 2)
  await until(() => client.joined().length === 6)
  t.strictSame(client.joined().slice(4), [swapped[1], swapped[0]])
  await arm(it, { fault: 'delay_event', event, ms: 100 })
  const late = await join(it, 3)
  await until(() => client.joined().length === 9)
  t.strictSame(client.joined().slice(6), [late[1], late[2], late[0]])

  const other = (await it.steer<{ id: string }>('POST /guilds', { members: 1, seed: 3, roles: 5 })).json().id
  await arm(it, { fault: 'swap_events', event, scope: 'guilds', guild_id: GUILD_ID })
  const [here] = await join(it, 1)
  await it.steer(`POST /guilds/${other}/members`, { ids: ['123456789012345678'] })
  await until(() => client.joined().length === 11)
  t.strictSame(client.joined().slice(9), ['123456789012345678', here], 'after one of another guild')
  await arm(it, { fault: 'swap_events', event, scope: 'guilds', guild_id: GUILD_ID })
  const own = await join(it, 2)
  await until(() => client.joined().length === 13)
  t.strictSame(client.joined().slice(11), own, 'never after a later one of its own guild')
  t.strictSame(
    (await it.steer<{ by: string }[]>('GET /gateway/disturbed')).json().map((record) => record.by),
    ['drop_event', 'double_event', 'swap_events', 'delay_event', 'swap_events', 'swap_events'],
  )
  const numbers = client.received.filter((payload) => payload.op === 0).map((payload) => payload.s)
  t.strictSame(
    numbers,
    numbers.map((_, place) => place + 1),
    'whatever arrives is numbered without gaps',
  )
})

t.test('a seed decides which events are hit', async (t) => {
  const hit = async () => {
    const it = await served(t)
    await listener(t, it)
    await it.steer('PUT /gateway/faults', { fault: 'drop_event', probability: 0.3, seed: 9, times: 0 })
    await join(it, 50)
    const disturbed = (await it.steer<{ user_id: string }[]>('GET /gateway/disturbed')).json()
    return disturbed.map((record) => record.user_id)
  }
  const [first, second] = [await hit(), await hit()]
  t.strictSame(first, second)
  t.ok(first.length > 5 && first.length < 25)
})

t.test('a connection can be cut in the midst of its events', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  await arm(it, { fault: 'tcp_drop', on: 'dispatch', event: 'GUILD_MEMBER_ADD', probability: 0.05, times: 3 })
  const ids = await join(it, 200)
  await until(() => client.resumes === 1 && client.named(Event.GuildMemberAdd).length >= 200)
  t.strictSame([...new Set(client.named(Event.GuildMemberAdd).map((event) => event.d.user.id))], ids)
  t.match((await it.steer<object[]>('GET /gateway/faults')).json(), [{ route: 'dispatch', hits: 1 }])
  t.equal((await it.steer('DELETE /gateway/faults')).status, 204)
  t.equal((await arm(it, { fault: 'close', code: 1 })).status, 400)
})

t.test('a guild is away for a while', async (t) => {
  // These clients send no heartbeats.
  const it = await served(t, { heartbeat_interval_ms: 40_000 })
  const client = await listener(t, it)
  await client.next(client.event('GUILD_CREATE'))
  const outage = { of: 'guild', guild_id: GUILD_ID, ms: 2_000 }
  t.equal((await it.steer('POST /gateway/outages', outage)).status, 202)
  t.equal((await it.steer('POST /gateway/outages', outage)).status, 409)
  await join(it, 2)
  const newcomer = await listener(t, it)
  await until(() => client.received.filter(client.event('GUILD_CREATE')).length === 2)
  t.strictSame(
    client.received.filter((payload) => payload.op === 0).map((payload) => payload.t),
    ['READY', 'GUILD_CREATE', 'GUILD_DELETE', 'GUILD_CREATE'],
  )
  t.strictSame(client.received.find(client.event('GUILD_DELETE'))?.d, { id: GUILD_ID, unavailable: true })
  t.match(client.received.filter(client.event('GUILD_CREATE'))[1], { d: { unavailable: false, member_count: 53 } })
  await until(() => newcomer.received.some(newcomer.event('GUILD_CREATE')))
  t.equal(newcomer.received.filter(newcomer.event('GUILD_CREATE')).length, 1, 'only when the guild was back')
  t.equal((await it.steer('POST /gateway/outages', { ...outage, guild_id: '1' })).status, 404)
})

t.test('a shard is away for a while', async (t) => {
  const it = await served(t)
  const [zero, one] = [await listener(t, it, [0, 2]), await listener(t, it, [1, 2])]
  await it.steer('POST /gateway/outages', { of: 'shard', shard: 1, ms: 200 })
  t.equal(await one.closed, 1_006)
  const early = await rawClient(t, it.origin)
  early.identify({ shard: [1, 2] })
  t.equal(await early.closed, 1_006)
  await sleep(250)
  const late = await rawClient(t, it.origin)
  late.send({ op: 6, d: { token: 'simulator', session_id: one.ready.d.session_id, seq: 1 } })
  await late.next(late.event('RESUMED'))
  t.equal(zero.socket.readyState, zero.socket.OPEN)
})

t.test('the whole simulator is away for a while', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  await it.steer('POST /gateway/outages', { of: 'simulator', ms: 300 })
  await until(() =>
    fetch(`${it.origin}/control/state`).then(
      () => false,
      (error) => error.cause.code === 'ECONNREFUSED',
    ),
  )
  await until(() =>
    fetch(`${it.origin}/control/state`).then(
      (response) => response.ok,
      () => false,
    ),
  )
  const [id] = await join(it, 1)
  await until(() => client.named(Event.GuildMemberAdd).length === 1)
  t.match(client.named(Event.GuildMemberAdd), [{ d: { user: { id } } }])
  const closing = await served(t)
  await closing.steer('POST /gateway/outages', { of: 'simulator', ms: 60_000, keep_sessions: false })
  await until(() =>
    fetch(closing.origin).then(
      () => false,
      () => true,
    ),
  )
  t.pass('and can be closed meanwhile')
})
