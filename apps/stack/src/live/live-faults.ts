import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../rig/random.js'
import { counted, type StrikeAt, wireFaults } from '../rig/wire-faults.js'
import type { LiveSystem } from './live-system.js'
import { overflow, stallMembers, storm } from './overload.js'

export interface LiveTarget {
  readonly system: LiveSystem
}
type Kinds = Readonly<Record<string, (random: Random) => StrikeAt<LiveTarget>>>

const CONNECT_TRIES = 50
const CONNECT_PAUSE_MS = 200

const gateway = (fault: { readonly fault: string } & Record<string, unknown>) => () =>
  counted<LiveTarget>(({ system }) => strikeConnections(system, fault))

/** Waits a little for connections that an earlier fault has ended: there would be nothing to strike. */
async function strikeConnections({ gateway, options }: LiveSystem, fault: { readonly fault: string }): Promise<number> {
  for (let tries = 0; tries < CONNECT_TRIES; tries++) {
    if ((await gateway.sessions()).length >= options.shards) break
    await sleep(CONNECT_PAUSE_MS)
  }
  return gateway.strike(fault)
}

/** Of so many events some are not sent as they should be. */
const events =
  (fault: { readonly fault: string } & Record<string, unknown>): StrikeAt<LiveTarget> =>
  ({ system }) =>
    system.gateway.arm({ probability: 0.2, times: 100, ...fault })

/** Dies on the spot and comes back after a while. */
const killSyncer = (afterMs: number): StrikeAt<LiveTarget> =>
  counted(({ system }) =>
    system.afterRepairs(async () => {
      const hits = await system.killSyncer()
      await sleep(afterMs)
      await system.startSyncer()
      return hits
    }),
  )

const outage = (settings: Record<string, unknown>): StrikeAt<LiveTarget> =>
  counted(async ({ system }) => {
    await system.gateway.ask('POST', '/gateway/outages', settings)
    await sleep(Number(settings.ms) + 100)
    return 1
  })

/** After these every session can be resumed, so the live path alone has to make the mirror equal. */
const RESUMABLE: Kinds = {
  'tcp-drop': gateway({ fault: 'tcp_drop' }),
  'op-7': gateway({ fault: 'reconnect' }),
  'op-9-true': gateway({ fault: 'invalid_session', resumable: true }),
  'close-4000': gateway({ fault: 'close', code: 4_000 }),
  'events-twice': (random) => events({ fault: 'double_event', seed: random.integer(1, 1_000_000) }),
  'guilds-out-of-order': (random) =>
    events({ fault: 'swap_events', scope: 'guilds', seed: random.integer(1, 1_000_000), max_wait_ms: 300 }),
  'kill-syncer': (random) => killSyncer(random.integer(0, 1_500)),
  'kill-syncer-in-a-stall': (random) => {
    const stallMs = random.integer(1_500, 3_000)
    return counted(({ system }) =>
      system.afterRepairs(() =>
        stallMembers(system, stallMs, async () => {
          const hits = await system.killSyncer()
          await system.startSyncer()
          return hits
        }),
      ),
    )
  },
  'restart-syncer': () =>
    counted(({ system }) =>
      system.afterRepairs(async () => {
        const hits = await system.stopSyncer()
        await system.startSyncer()
        return hits
      }),
    ),
  'kill-api': () => counted(({ system }) => system.killApi()),
  'crash-postgres': () => counted(({ system }) => system.crashPostgres()),
  'outage-discord': (random) => outage({ of: 'simulator', ms: random.integer(500, 2_000) }),
  storm: (random) => storm(random),
  ...wireFaults('api'),
  ...wireFaults('database'),
  ...wireFaults('discord'),
}

const INVALID = { fault: 'invalid_session', resumable: false }

/** After these something was not told, and a reconcile has to find it. */
const GAPS: Kinds = {
  'op-9-false': gateway(INVALID),
  'close-1000': gateway({ fault: 'close', code: 1_000 }),
  'close-4007': gateway({ fault: 'close', code: 4_007 }),
  'resume-refused': () => async (target) => {
    const hits = await target.system.gateway.arm({ fault: 'resume_refused', times: 2 })
    await strikeConnections(target.system, { fault: 'tcp_drop' })
    return hits
  },
  'session-expired': () =>
    counted(({ system }) =>
      system.afterRepairs(async () => {
        await system.gateway.set({ resume_window_ms: 200 })
        const hits = await system.killSyncer()
        await sleep(1_000)
        await system.gateway.set({ resume_window_ms: 90_000 })
        await system.startSyncer()
        return hits
      }),
    ),
  // What Discord never sent nobody can know of, until a new session.
  'events-lost': (random) => async (target) => {
    const hits = await target.system.gateway.arm({
      fault: 'drop_event',
      times: random.integer(5, 60),
      probability: 0.5,
    })
    await sleep(1_500)
    await strikeConnections(target.system, INVALID)
    return hits
  },
  'guild-away': (random) => {
    const [at, ms] = [random.share(), random.integer(300, 2_000)]
    return async (target) => {
      const { guildIds } = target.system
      const guild_id = guildIds[Math.floor(at * (guildIds.length - 1))]
      return outage({ of: 'guild', guild_id, ms })(target)
    }
  },
  'shard-away': (random) => outage({ of: 'shard', shard: 0, ms: random.integer(300, 1_500), keep_sessions: false }),
  'discord-away': (random) => outage({ of: 'simulator', ms: random.integer(500, 2_000), keep_sessions: false }),
  'bot-removed': (random) => {
    const at = random.share()
    return counted(async ({ system }) => {
      const { bot_id } = (await system.gateway.ask('GET', '/state')) as { bot_id: string }
      const path = `/guilds/${system.guildIds[Math.floor(at * (system.guildIds.length - 1))]}/members`
      await system.gateway.ask('DELETE', `${path}/${bot_id}`)
      await sleep(1_000)
      await system.gateway.ask('POST', path, { ids: [bot_id] })
      return 1
    })
  },
  overflow: () => overflow(),
  'kill-syncer': RESUMABLE['kill-syncer'] as Kinds[string],
  'kill-api': RESUMABLE['kill-api'] as Kinds[string],
  'tcp-drop': RESUMABLE['tcp-drop'] as Kinds[string],
}

const some = (kinds: Kinds, names: readonly string[]): Kinds =>
  Object.fromEntries(Object.entries(kinds).filter(([name]) => names.includes(name)))

/** While reconciles run: what makes events late, but ends no run. */
const BESIDE_RECONCILES = some(RESUMABLE, [
  'tcp-drop',
  'op-7',
  'close-4000',
  'events-twice',
  'guilds-out-of-order',
  'storm',
  'delay-api',
  'delay-database',
  'delay-discord',
  'reset-api',
])

export const FAULTS = { resumable: RESUMABLE, gap: GAPS, interleaved: BESIDE_RECONCILES } as const
