import { Bounds } from '@rollcall/process-metrics'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import t from 'tap'
import type { DiscordClient } from '../../src/discord/client.js'
import { readLiveConfig } from '../../src/live/live-config.js'
import { type LiveParts, liveParts } from '../../src/live/live-parts.js'
import { runner } from '../../src/live/run-live.js'

const ROLE = { id: 5n, name: 'x', colour: 0, permissions: 0n, position: 1 }

t.test('what all runs under way hold is shown, not what the first of them does', async (t) => {
  const stop = new AbortController()
  const bounds = new Bounds()
  const environment = { DISCORD_TOKEN: 'x', API_URL: 'http://127.0.0.1:1', API_TOKEN: 'x', RECONCILE_CONCURRENCY: '2' }
  const config = readLiveConfig(environment)
  const log = pino({ level: 'silent' })
  const surroundings = { config, log, bounds, registry: new Registry(), maxChunkBytes: 1e6, stop: stop.signal }
  const parts = liveParts(surroundings)
  t.teardown(() => parts.sender.stop())

  const sizes = () => Object.fromEntries(bounds.read().map(({ name, size, max }) => [name, [size, max]]))
  let onBothRead = () => {}
  const bothRead = new Promise<void>((resolve) => {
    onBothRead = resolve
  })
  let reading = 0
  /** Both runs know their role, and wait for the first page of members until the process ends. */
  const firstPage = async (signal: AbortSignal): Promise<never> => {
    reading += 1
    if (reading === 2) onBothRead()
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const discord = {
    getBot: async () => ({}),
    getGuild: async () => ({ value: { name: 'x', approximate_member_count: 1, roles: [] }, askedAtMs: 0 }),
    listRoles: async () => ({ value: [ROLE], askedAtMs: 0 }),
    async *memberPages(signal: AbortSignal) {
      yield await firstPage(signal)
    },
  }
  const api = {
    startSyncRun: async () => ({ id: 1n, attempt: 1 }),
    reportSyncRun: async () => {},
    getChunkLimits: async () => ({ maxItems: 1_000, maxBytes: 1e6 }),
    putGuild: async () => {},
    listRoles: async () => [ROLE],
    async *listMemberPages() {},
  }
  const discordOf = () => ({ ...discord }) as unknown as DiscordClient
  const clients = { ...parts.clients, reconcile: api } as unknown as LiveParts['clients']
  const run = runner(surroundings, { ...parts, discordOf, clients })
  const runs = [run(1n), run(2n)]
  await bothRead
  t.match(sizes(), { reconciles: [2, 2], known_roles: [2, 2_000], departures: [0, 2_000_000] })
  stop.abort(new Error('stopped by SIGTERM'))
  await Promise.all(runs)
  t.match(sizes(), { reconciles: [0, 2], known_roles: [0, 2_000] })
})
