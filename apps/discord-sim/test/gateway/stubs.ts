import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { GatewaySettings } from '../../src/gateway/settings.js'
import { rawClient, until } from '../fixtures/gateway-clients.js'
import { type Served, serve } from '../fixtures/serve.js'

const served = (t: Test, settings: Partial<GatewaySettings> = {}) =>
  serve(t, {}, { gateway: { identify_interval_ms: 0, ...settings } })

async function listener(t: Test, it: Served, shard: [number, number]) {
  const client = await rawClient(t, it.origin)
  client.identify({ shard })
  const ready = await client.next(client.event('READY'))
  const guildsOf = (name: string) => client.received.filter(client.event(name)).map(({ d }) => d.guild_id ?? d.id)
  return { ...client, ready, guildsOf }
}

t.test('stubs are spread over the shards, each sent to its own', async (t) => {
  const it = await served(t)
  await it.steer('PUT /stubs', { count: 2_000, seed: 3 })
  const clients = [await listener(t, it, [0, 3]), await listener(t, it, [1, 3]), await listener(t, it, [2, 3])]
  const all = new Set<string>()
  for (const [shard, { ready, guildsOf }] of clients.entries()) {
    const listed = ready.d.guilds.map((guild: { id: string }) => guild.id) as string[]
    await until(() => guildsOf('GUILD_CREATE').length === listed.length)
    t.strictSame(guildsOf('GUILD_CREATE'), listed)
    t.ok(listed.every((id) => (BigInt(id) >> 22n) % 3n === BigInt(shard)))
    t.ok(listed.length > 600 && listed.length < 735, `${listed.length} guilds`)
    for (const id of listed) all.add(id)
  }
  t.equal(all.size, 2_001)
  t.match(clients[0]?.received.filter(clients[0].event('GUILD_CREATE')).at(-1)?.d, {
    id: /^\d{19}$/,
    roles: { length: 3 },
    members: [{ user: { username: 'Rollcall' } }],
    member_count: Number,
  })
})

t.test('a stub is a guild like any other', async (t) => {
  const it = await served(t)
  await it.steer('PUT /stubs', { count: 100, seed: 3 })
  const [id = ''] = (await it.steer<{ first_ids: string[] }>('GET /stubs')).json().first_ids
  const client = await listener(t, it, [0, 1])
  await until(() => client.guildsOf('GUILD_CREATE').includes(id))
  const created = client.received.find((payload) => payload.t === 'GUILD_CREATE' && payload.d.id === id)
  const page = async () =>
    (await it.discord<{ user: { id: string }; nick: string | null }[]>(`GET /guilds/${id}/members?limit=1000`)).json()
  const before = await page()
  t.equal(before.length, created?.d.member_count)
  const user = before[1]?.user.id
  t.equal((await it.steer(`PATCH /guilds/${id}/members/${user}`, { nick: 'touched' })).status, 200)
  t.match(await client.next(client.event('GUILD_MEMBER_UPDATE')), {
    d: { guild_id: id, nick: 'touched', user: { id: user } },
  })
  t.equal((await page())[1]?.nick, 'touched')
  t.match((await it.steer('GET /stubs')).json(), { count: 100, changed: 1 })
  t.equal((await it.discord('GET /guilds/1000000000000000000')).status, 404)
  t.equal((await it.steer('POST /guilds', { members: 1, seed: 5, guild_id: id })).status, 409)
})

t.test('a storm over stubs arrives at its rate and in the truth', async (t) => {
  const it = await served(t)
  await it.steer('PUT /stubs', { count: 1_000, seed: 3 })
  const clients = [await listener(t, it, [0, 2]), await listener(t, it, [1, 2])]
  const startMs = performance.now()
  await it.steer('POST /gateway/storms', { events_per_second: 1_000, seconds: 1, stubs: 50, kind: 'mixed' })
  const events = () =>
    clients.flatMap(({ received }) => received.filter((payload) => payload.t?.startsWith('GUILD_MEMBER_')))
  await until(() => events().length === 1_000)
  t.ok(performance.now() - startMs > 900)
  t.match((await it.steer('GET /gateway/storms')).json(), [{ edits: 1_000, running: false, error: null }])
  t.match((await it.steer('GET /stubs')).json(), { changed: 50 })
  const names = new Set(events().map((payload) => payload.t))
  t.strictSame([...names].sort(), ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_REMOVE', 'GUILD_MEMBER_UPDATE'])
  const last = new Map(
    events().map(({ t: name, d }) => [`${d.guild_id}/${d.user.id}`, name === 'GUILD_MEMBER_REMOVE' ? null : d]),
  )
  for (const [key, state] of [...last].slice(0, 100)) {
    const [guild, user] = key.split('/')
    // Not through Discord's API, which lets nobody ask so often.
    const answer = await it.steer<object>(`GET /guilds/${guild}/members/${user}`)
    if (state === null) t.equal(answer.status, 404)
    else t.match(answer.json(), { nick: state.nick, roles: state.roles })
  }
  const edited = (await it.steer('GET /stubs/edited-members')).text.split('\n').filter(Boolean)
  const lines = edited.map(
    (line) => JSON.parse(line) as { guild_id: string; members: { id: string; member: unknown }[] },
  )
  t.equal(lines.length, 50)
  const keys = lines.flatMap(({ guild_id, members }) => members.map(({ id }) => `${guild_id}/${id}`))
  t.strictSame(keys.sort(), [...last.keys()].sort())
  const departed = lines.flatMap(({ members }) => members.filter(({ member }) => member === null))
  t.equal(departed.length, [...last.values()].filter((state) => state === null).length)
  const guild = it.guild.id
  await it.steer('POST /gateway/storms', { events_per_second: 200, seconds: 0.5, guild_id: guild })
  await until(() => events().length === 1_100)
  t.equal((await it.steer('POST /gateway/storms', { events_per_second: 1, seconds: 1 })).status, 400)
  t.equal((await it.steer('POST /gateway/storms', { events_per_second: 1, seconds: 1, stubs: 1_001 })).status, 409)
})

t.test('288 shards start over 300,000 stubs, in bounded memory', { timeout: 240_000 }, async (t) => {
  const outfile = join(t.testdir(), 'main.mjs')
  const entryPoints = [join(import.meta.dirname, '../../src/main.ts')]
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  const SHARDS = 288
  const options = ['--stubs', '300000', '--shards', `${SHARDS}`, '--max-concurrency', `${SHARDS}`, '--members', '1000']
  const heap = ['--max-old-space-size=192', '--max-semi-space-size=8']
  const child = spawn(process.execPath, [...heap, outfile, ...options], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data')
  const { gateway, control } = JSON.parse(String(line))
  const startMs = performance.now()
  const guilds = new Uint32Array(SHARDS)
  let created = 0
  let listed = 0
  let misplaced = 0
  for (let shard = 0; shard < SHARDS; shard++) {
    const socket = new WebSocket(`${gateway}?v=10&encoding=json`)
    t.teardown(() => socket.terminate())
    socket.on('open', () =>
      socket.send(
        JSON.stringify({ op: 2, d: { token: 'simulator', properties: {}, intents: 3, shard: [shard, SHARDS] } }),
      ),
    )
    socket.on('message', (data) => {
      const text = String(data)
      if (text.startsWith('{"t":"READY"')) listed += JSON.parse(text).d.guilds.length
      if (!text.startsWith('{"t":"GUILD_CREATE"')) return
      created += 1
      guilds[shard] = (guilds[shard] ?? 0) + 1
      // The id is the first field of the guild; parsing all of them would measure the test.
      const id = /"id":"(\d+)"/.exec(text)?.[1] ?? '0'
      if (Number((BigInt(id) >> 22n) % BigInt(SHARDS)) !== shard) misplaced += 1
    })
  }
  await until(() => created >= 300_001)
  const seconds = (performance.now() - startMs) / 1_000
  const state = (await (await fetch(`${control}/gateway`)).json()) as {
    memory: Record<string, number>
    sessions: number
  }
  const residentMib = (state.memory.peak_resident_bytes ?? 0) / 1_048_576
  t.comment(
    `${SHARDS} shards, ${created} guilds: ${seconds.toFixed(1)} s, at most ${residentMib.toFixed(0)} MiB resident, ` +
      `${Math.min(...guilds)} to ${Math.max(...guilds)} guilds a shard`,
  )
  t.equal(state.sessions, SHARDS)
  t.equal(listed, 300_001)
  t.equal(misplaced, 0)
  t.ok(Math.max(...guilds) < 1_250)
  t.ok(residentMib < 512)
})
