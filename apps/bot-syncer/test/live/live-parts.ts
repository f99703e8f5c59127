import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bounds } from '@rollcall/process-metrics'
import type { GatewayDispatchPayload } from 'discord-api-types/v10'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import { shardFactory } from '../../src/live/create-shard.js'
import type { GatewayInformation } from '../../src/live/gateway/gateway-information.js'
import type { IdentifyTurns } from '../../src/live/gateway/identify-turns.js'
import { HeldShards } from '../../src/live/held-shards.js'
import { readLiveConfig } from '../../src/live/live-config.js'
import { liveParts } from '../../src/live/live-parts.js'

const REFUSED = '267624335836053506'

interface Mark {
  readonly guild_id: string | number
}

/** An API that takes every mark but those of one guild. */
async function pickyApi(): Promise<{ url: string; taken: string[] }> {
  const taken: string[] = []
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString()
    // Ids are strings here, or would not be exact.
    const { marks } = JSON.parse(text.replaceAll(/"guild_id":(\d+)/g, '"guild_id":"$1"')) as { marks: Mark[] }
    const isFaulty = marks.some((it) => it.guild_id === REFUSED)
    if (!isFaulty) taken.push(...marks.map((it) => `${it.guild_id}`))
    response.writeHead(isFaulty ? 400 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(isFaulty ? { code: 'invalid_request', message: 'from the future' } : {}))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken }
}

t.test(
  'a mark that the API refuses ends the session of its shard, and of no other, and is told as it is',
  async (t) => {
    const api = await pickyApi()
    const environment = { DISCORD_TOKEN: 'x', API_URL: api.url, API_TOKEN: 'x' }
    const config = readLiveConfig(environment)
    const lines: { level: number; msg: string; shard?: number; guild?: string }[] = []
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line)) })
    const stop = new AbortController().signal
    const parts = liveParts({ config, log, bounds: new Bounds(), registry: new Registry(), maxChunkBytes: 1e6, stop })
    t.teardown(() => parts.sender.stop())

    const begunAnew: number[] = []
    const make = shardFactory({
      ...parts,
      config,
      log,
      shardCount: 2,
      information: {} as GatewayInformation,
      identifyTurns: {} as IdentifyTurns,
    })
    const held = new HeldShards((lease) => {
      const shard = make(lease)
      // Their connections are not what this is about.
      const startOver = () => begunAnew.push(lease.shard_id)
      Object.assign(shard.gateway, { start() {}, startOver })
      return shard
    })
    parts.observe(held)
    const begin = (shard_id: number, ids: readonly string[]) => {
      held.begin({ shard_id, epoch: 1, session: null })
      const d = { session_id: 'a', resume_gateway_url: 'ws://x', guilds: ids.map((id) => ({ id, unavailable: true })) }
      held.get(shard_id)?.intake.dispatch({ op: 0, t: 'READY', s: 1, d } as unknown as GatewayDispatchPayload)
    }
    begin(0, ['1', REFUSED, '2'])
    begin(1, ['3', '4', '5'])
    for (const endMs = Date.now() + 5_000; held.open(0) + held.open(1) > 0 && Date.now() < endMs; ) await sleep(10)
    await parts.sender.drain()

    t.strictSame(api.taken.sort(), ['1', '2', '3', '4', '5'], 'one bad mark does not sink the others')
    t.strictSame(begunAnew, [0])
    t.equal(held.open(0), 0, 'nothing is left to wait for')
    t.equal(held.resumePoint(0), undefined, 'the new session has no resume point without its marks')
    t.equal(held.resumePoint(1)?.sequence, 1)
    const errors = lines.filter((it) => it.level === 50)
    t.match(errors, [
      { guild: REFUSED, msg: /clocks/ },
      { shard: 0, msg: /begins a new session/ },
    ])
    t.notMatch(JSON.stringify(lines), /will be reconciled/)

    parts.queue.add(REFUSED, 0, { kind: 'mark', presence: 'left' }, { stamp: '', receivedAtMs: 0, acks: [] })
    parts.sender.wake()
    await parts.sender.drain()
    t.strictSame(begunAnew, [0], 'for a mark that no event waits for, no session is given up')
  },
)
