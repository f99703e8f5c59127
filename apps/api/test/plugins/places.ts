import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bounds } from '@rollcall/process-metrics'
import t, { type Test } from 'tap'
import { EventLoopDelay } from '../../src/event-loop-delay.js'
import { type BuildOptions, type Built, build } from '../fixtures/build.js'
import { aMember, GUILD, nativeClient, OBSERVED_AT, putGuild, stamp } from '../fixtures/native.js'

const MEMBERS = `/guilds/${GUILD}/members`
const POOL_SIZE = 10

/** A guild with one member. */
async function seeded({ app, key }: Built) {
  const request = nativeClient(app, key)
  await putGuild(request)
  await request('PATCH', MEMBERS, { observed_at: OBSERVED_AT, members: [aMember(1, { display_name: '' })] })
  return request
}

/** Holds the member's row until `release`; whoever writes it waits, whoever reads it does not. */
async function lockMember({ pool }: Built) {
  const client = await pool.connect()
  await client.query('begin')
  await client.query('select from member where id = 1 for update')
  return async () => {
    await client.query('commit')
    client.release()
  }
}

async function untilWaiting({ pool }: Built, count: number): Promise<void> {
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
  while ((await pool.query(waiting)).rowCount !== count) await sleep(10)
}

t.test(
  'reads are answered while every bulk place is taken and stuck, and the next bulk request is not let in',
  async (t) => {
    // One connection for the lock of this test, one for reads, and all the others stuck.
    const bulkInFlight = POOL_SIZE - 2
    const built = await build(t, { limits: { bulkInFlight } })
    const request = await seeded(built)
    const release = await lockMember(built)
    const change = { observed_at: stamp(1), members: [{ id: '1', display_name: 'stuck' }] }
    const stuck = Array.from({ length: bulkInFlight }, () => request('PATCH', MEMBERS, change))
    await untilWaiting(built, bulkInFlight)

    const startedAt = performance.now()
    const reads = await Promise.all(Array.from({ length: 50 }, () => request('GET', `${MEMBERS}/1`)))
    t.ok(reads.every((it) => it.status === 200))
    t.ok(performance.now() - startedAt < 4_000, 'without waiting for a chunk')
    t.match(await request('PATCH', MEMBERS, change), { status: 503, body: { code: 'too_many_bulk_requests' } })

    await release()
    t.ok((await Promise.all(stuck)).every((it) => it.status === 200))
  },
)

/** The application with what it says of its places, and a client that hangs up so long after it has sent. */
async function hangingUp(t: Test, limits: BuildOptions['limits'] = {}) {
  const bounds = new Bounds()
  const built = await build(t, { bounds, ...(limits && { limits }) })
  await built.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = built.app.server.address() as AddressInfo
  const sizeOf = (name: string) => bounds.read().find((it) => it.name === name)?.size
  const hangUp = async (method: string, path: string, body: string, afterMs: number) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    const headers = `Host: x\r\nAuthorization: Bearer ${built.key}\r\nContent-Type: application/json`
    socket.write(`${method} ${path} HTTP/1.1\r\n${headers}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    await sleep(afterMs)
    socket.destroy()
    await once(socket, 'close')
  }
  const untilFree = async (...names: string[]) => {
    for (const endsAt = Date.now() + 10_000; names.some((it) => sizeOf(it) !== 0); await sleep(10))
      if (Date.now() > endsAt) return false
    return true
  }
  return { built, sizeOf, hangUp, untilFree }
}

t.test('whoever hangs up gets no more connections than there are places', async (t) => {
  const { built, sizeOf, hangUp, untilFree } = await hangingUp(t, { bulkInFlight: 2 })
  const request = await seeded(built)
  const release = await lockMember(built)
  const change = JSON.stringify({ observed_at: stamp(1), members: [{ id: '1', display_name: 'stuck' }] })
  for (let count = 0; count < 14; count++) await hangUp('PATCH', MEMBERS, change, 80)

  t.equal(sizeOf('bulk_requests'), 2, 'they are gone, their statements are not')
  await untilWaiting(built, 2)
  const startedAt = performance.now()
  t.equal((await request('GET', `${MEMBERS}/1`)).status, 200)
  t.ok(performance.now() - startedAt < 2_000, 'without waiting for a connection')
  t.match(await request('PATCH', MEMBERS, change), { status: 503, body: { code: 'too_many_bulk_requests' } })

  await release()
  t.ok(await untilFree('bulk_requests', 'interactive_requests'))
  t.match(await request('GET', `${MEMBERS}/1`), { body: { display_name: 'stuck' } }, 'what was begun is done')
})

t.test('whoever hangs up while its token is looked for loses nobody a place', async (t) => {
  const { built, hangUp, untilFree } = await hangingUp(t, { bulkInFlight: 2, requestsInFlight: 2 })
  const client = await built.pool.connect()
  await client.query('begin')
  await client.query('lock table api_token in access exclusive mode')
  await Promise.all([1, 2].flatMap(() => [hangUp('PATCH', MEMBERS, '{}', 80), hangUp('GET', '/guilds', '', 80)]))
  await client.query('commit')
  client.release()
  t.ok(await untilFree('bulk_requests', 'interactive_requests', 'database_connections'))
  t.equal((await (await seeded(built))('GET', `${MEMBERS}/1`)).status, 200)
})

t.test('bulk requests alone are put off while the event loop is late', async (t) => {
  let delayMs = 500
  const built = await build(t, { limits: { maxLoopDelayMs: 500 }, loopDelayMs: () => delayMs })
  const request = await seeded(built)
  delayMs = 501
  const refused = await request('PATCH', MEMBERS, '{"a body that nobody reads')
  t.match(refused, { status: 503, body: { code: 'overloaded', retry_after: 1 }, headers: { 'retry-after': '1' } })
  t.equal((await request('GET', `${MEMBERS}/1`)).status, 200)
  t.equal((await request('PUT', `/guilds/${GUILD}`, { name: 'G', observed_at: stamp(1) })).status, 200)
  delayMs = 0
  t.equal((await request('PATCH', MEMBERS, { observed_at: stamp(1), members: [aMember(1)] })).status, 200)
})

t.test('the event loop is late when its turns are long for two seconds, and no more once they are short', async (t) => {
  const delay = new EventLoopDelay()
  t.teardown(() => delay.stop())
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (const endsAt = Date.now() + 3_000; Date.now() < endsAt; await sleep(1)) Atomics.wait(sleeper, 0, 0, 300)
  t.ok(delay.ms >= 200 && delay.ms < 3_000, `${delay.ms} ms`)
  for (let waitedMs = 0; delay.ms > 100 && waitedMs < 10_000; waitedMs += 100) await sleep(100)
  t.ok(delay.ms <= 100, `${delay.ms} ms`)
})

t.test('one interactive request more than there is room for is 503, and leaves no trace', async (t) => {
  const built = await build(t, { limits: { requestsInFlight: 2 } })
  const request = await seeded(built)
  const client = await built.pool.connect()
  await client.query('begin')
  await client.query('lock table member in access exclusive mode')
  const inside = [1, 2].map(() => request('GET', `${MEMBERS}/1`))
  await untilWaiting(built, 2)
  t.match(await request('GET', '/guilds'), {
    status: 503,
    body: { code: 'overloaded' },
    headers: { 'retry-after': '1' },
  })
  await client.query('commit')
  client.release()
  t.ok((await Promise.all(inside)).every((it) => it.status === 200))
  t.equal((await request('GET', '/guilds')).status, 200)
})

t.test('what GET /limits says is what is enforced, for any valid token', async (t) => {
  const bulkBodyBytes = 1_048_576
  const limits = { bulkBodyBytes, bulkInFlight: 3, requestsInFlight: 77, rateRequests: 9, rateWindowSeconds: 60 }
  const built = await build(t, { limits })
  const request = nativeClient(built.app, await built.createKey('reader', ['guilds:read']))
  const { status, body } = await request('GET', '/limits')
  t.equal(status, 200)
  const published = Object.fromEntries(Object.entries<{ max: number }>(body).map(([name, it]) => [name, it.max ?? it]))
  t.match(published, {
    max_members_per_request: 1_000,
    max_bulk_body_bytes: bulkBodyBytes,
    max_body_bytes: 65_536,
    max_bulk_in_flight: 3,
    max_requests_in_flight: 77,
    max_requests_per_window: 9,
    window_seconds: 60,
  })
  t.match(body.max_bulk_body_bytes.sentence, /1,048,576/)

  const bulk = await seeded(built)
  const change = JSON.stringify({ observed_at: stamp(1), members: [aMember(1, { display_name: '' })] })
  t.equal((await bulk('PATCH', MEMBERS, change.padEnd(bulkBodyBytes))).status, 200)
  t.match(await bulk('PATCH', MEMBERS, change.padEnd(bulkBodyBytes + 1)), {
    status: 413,
    body: { limit: 'max_bulk_body_bytes', max: bulkBodyBytes, sent: bulkBodyBytes + 1 },
  })
  for (let used = 1; used < limits.rateRequests; used++) {
    t.equal((await request('GET', '/guilds')).status, 200)
  }
  t.equal((await request('GET', '/guilds')).status, 429)
})
