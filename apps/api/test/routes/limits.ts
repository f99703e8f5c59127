import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { GUILD, nativeClient, OBSERVED_AT, putGuild } from '../fixtures/native.js'

const built = await build(t)
const { app, pool, key } = built
const request = nativeClient(app, key)
await putGuild(request)
const { body: limits } = await request('GET', '/limits')
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

t.test('every limit is a number and a sentence that names it', async (t) => {
  const { window_seconds, ...published } = limits
  t.equal(window_seconds, 10)
  for (const [name, { max, sentence }] of Object.entries<{ max: number; sentence: string }>(published)) {
    t.ok(Number.isSafeInteger(max) && max > 0, name)
    t.match(sentence.replaceAll(',', ''), `${max}`, name)
  }
  t.match(limits.max_requests_per_window.sentence, /to one process, and so as many times that as there are processes/)
})

t.test('JSON is refused one past its published shape, and not at it', async (t) => {
  // None of them is a chunk: what is read is refused by the schema.
  const bodies: [string, (size: number) => string, RegExp][] = [
    ['max_json_depth', (size) => '['.repeat(size) + ']'.repeat(size), /depth|nest/i],
    ['max_json_digits', (size) => '1'.repeat(size), /digits/],
    ['max_json_commas', (size) => JSON.stringify(','.repeat(size)), /too many values or keys/],
    ['max_json_colons', (size) => JSON.stringify(':'.repeat(size)).padEnd(500_000), /too many values or keys/],
  ]
  for (const [name, make, reason] of bodies) {
    const { max } = limits[name]
    const at = await request('PATCH', `/guilds/${GUILD}/members`, make(max))
    t.equal(at.body.code, 'validation_failed', `${name} at ${max}: ${at.text.slice(0, 200)}`)
    const beyond = await request('PATCH', `/guilds/${GUILD}/members`, make(max + 1))
    t.match(beyond, { status: 400, body: { code: 'malformed_json', message: reason } }, `${name} at ${max + 1}`)
  }
})

t.test('a head beyond its published size is refused', async (t) => {
  const { max } = limits.max_header_bytes
  const ask = async (bytes: number) => {
    const head = (filler: string) => `GET /healthcheck HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: ${filler}\r\n\r\n`
    const socket = connect(port, '127.0.0.1')
    socket.write(head('x'.repeat(bytes - head('').length)))
    return (await text(socket)).slice(9, 12)
  }
  t.equal(await ask(max - 100), '200')
  t.equal(await ask(max + 100), '431')
})

t.test('connections and the time of arrival are bounded as published', async (t) => {
  t.equal(app.server.maxConnections, limits.max_connections.max)
  t.equal(app.server.requestTimeout, limits.max_arrival_seconds.max * 1_000)
})

t.test('one report more than published is put off', async (t) => {
  const { max } = limits.max_reports_in_flight
  const client = await pool.connect()
  await client.query('begin')
  await client.query('lock table guild_sync in access exclusive mode')
  const mark = () =>
    request('PATCH', '/guilds/sync-states', {
      marks: [{ guild_id: GUILD, observed_at: OBSERVED_AT, dirty: 'overflow' }],
    })
  const inside = Array.from({ length: max }, mark)
  await new Promise((resolve) => setTimeout(resolve, 200))
  t.match(await mark(), { status: 503, body: { code: 'overloaded' } })
  await client.query('commit')
  client.release()
  for (const { status } of await Promise.all(inside)) t.equal(status, 200)
})
