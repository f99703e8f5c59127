import { LiveClient, type RetryNotice, RollcallClient } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { DiscordClient } from '../discord/client.js'
import { Refusals } from '../discord/refusals.js'
import { boundRest, createRest } from '../discord/rest.js'
import { Webhook } from '../report/webhook.js'
import { LiveQueue } from './core/live-queue.js'
import { SharedClock } from './core/shared-clock.js'
import type { HeldShards } from './held-shards.js'
import type { LiveConfig } from './live-config.js'
import { LiveMetrics } from './live-metrics.js'
import { MAX_LOOKUPS, MemberLookups } from './member-lookups.js'
import { LIVE_RETRIES } from './send/retries.js'
import { MAX_REQUESTS_IN_FLIGHT, Sender } from './sender.js'

const USER_AGENT = 'rollcall-bot-syncer'

/** Guilds that lost events and whose mark is not stored. */
const MAX_OVERFLOWED = 5_000

/** A quarter of the queue is more than any guild needs that is not out of hand. */
const GUILD_SHARE = 0.25

/** A mark has nothing that may be wrong but its time. */
const MARK_REFUSED =
  'the API refuses the mark of a guild: compare the clocks of the API and of its database, which must not be minutes apart'

/** What the process is, and was told. */
export interface LiveSurroundings {
  readonly config: LiveConfig
  readonly log: Logger
  readonly bounds: Bounds
  readonly registry: Registry
  /** In one chunk of a reconcile. */
  readonly maxChunkBytes: number
  readonly stop: AbortSignal
}

export type LiveParts = ReturnType<typeof liveParts>

/** Makes the parts that do not depend on who the bot is, and names what is bounded. */
export function liveParts({ config, log, bounds, registry, stop }: LiveSurroundings) {
  const clock = new SharedClock(() => performance.now(), Date.now())
  const clockMs = () => clock.nowMs()
  const onRetry = (of: string) => (notice: RetryNotice) =>
    log.warn({ of, attempt: notice.attempt, delay_ms: Math.round(notice.delayMs), err: notice.error }, 'trying again')
  const onWait = (waitMs: number) => log.info({ seconds: waitMs / 1_000 }, "waiting for Discord's rate limit")
  const rest = createRest({ url: config.discord.url, refusals: new Refusals(clockMs), onWait, manyGuilds: true })
  boundRest(bounds, rest, { manyGuilds: true })
  const discordOf = (guildId: string) =>
    new DiscordClient({
      rest,
      token: config.discord.token,
      guildId: BigInt(guildId),
      clock: clockMs,
      onRetry: onRetry('Discord'),
    })
  const api = { ...config.api, userAgent: USER_AGENT, onRetry: onRetry('the API') }
  const clients = {
    /** Tries for ever. */
    events: {
      live: new LiveClient({ ...api, retries: LIVE_RETRIES }),
      guilds: new RollcallClient({ ...api, retries: LIVE_RETRIES }),
    },
    /** Does not try again. */
    once: new LiveClient({ ...api, retries: [] }),
    reconcile: new RollcallClient(api),
    progress: new RollcallClient({ ...api, retries: [] }),
  }
  const webhook = new Webhook({ url: config.webhookUrl, log, clock: clockMs })
  webhook.addTo(bounds)

  const queue = new LiveQueue({ ...config.queue, guildShare: GUILD_SHARE, maxOverflowed: MAX_OVERFLOWED })
  const state: { held: HeldShards | undefined; reconciles: number } = { held: undefined, reconciles: 0 }
  const metrics = new LiveMetrics(registry, {
    shards: () => state.held?.states ?? { waiting: 0, connecting: 0, ready: 0, stopped: 0 },
    reconciles: () => state.reconciles,
  })
  const onArrival = () => sender.wake()
  const lookups = new MemberLookups({ discordOf, api: clients.events, queue, clock, log, signal: stop, onArrival })
  const sender: Sender = new Sender({
    queue,
    api: clients.events,
    clock,
    log,
    lookUp: ({ guildId, shardId, item }) => lookups.add({ guildId, shardId, id: item.id, acks: item.acks }),
    onStored: ({ shardId, item }, lagMs) => {
      metrics.items.inc({ outcome: 'stored' })
      metrics.lag.observe(lagMs / 1_000)
      const intake = state.held?.get(shardId)?.intake
      if (intake === undefined) return
      intake.lastEventAt = item.stamp
      intake.lagMs = Math.max(0, Math.round(lagMs))
    },
    onRejected: ({ guildId }, kind) => {
      metrics.items.inc({ outcome: 'rejected' })
      log.warn({ guild: guildId, kind }, 'event rejected by the API, the guild will be reconciled')
    },
    onMarkRefused: ({ guildId, item: { acks } }, error) => {
      metrics.items.inc({ outcome: 'rejected' })
      // Of a session that is given up already nothing more is to be said.
      const shards = state.held?.holding(acks) ?? []
      if (shards.length > 0 || acks.length === 0) log.error({ guild: guildId, err: error }, MARK_REFUSED)
      for (const shard of shards) shard.startOver('the API refuses to note that a guild may lack something')
    },
  })
  boundQueue(bounds, { queue, lookups, sender, config })
  const isFollowed = (guildId: string) => config.followed?.has(guildId) ?? true
  const observe = (held: HeldShards) => {
    state.held = held
  }
  return {
    clock,
    clockMs,
    rest,
    discordOf,
    clients,
    webhook,
    queue,
    metrics,
    lookups,
    sender,
    isFollowed,
    observe,
    state,
    onRetry,
    log,
  }
}

function boundQueue(
  bounds: Bounds,
  { queue, lookups, sender, config }: { queue: LiveQueue; lookups: MemberLookups; sender: Sender; config: LiveConfig },
): void {
  const of = { kind: 'queue', source: 'apps/bot-syncer/src/live/core/live-queue.ts' } as const
  const { maxEvents, maxBytes } = config.queue
  const evictions = () => queue.dropped
  // A guild has a lane for as long as something of it waits or is on its way, and the lane a step for each thing that waits.
  const holds = ['#lanes', '#ready', 'apps/bot-syncer/src/live/core/lane.ts:#steps']
  bounds.add('live_events', { ...of, holds, unit: 'events', size: () => queue.events, max: () => maxEvents, evictions })
  bounds.add('live_bytes', { ...of, unit: 'bytes', size: () => queue.bytes, max: () => maxBytes })
  bounds.add('live_dropped_guilds', { ...of, unit: 'guilds', size: () => queue.overflowed, max: () => MAX_OVERFLOWED })
  bounds.add('member_lookups', {
    kind: 'queue',
    source: 'apps/bot-syncer/src/live/member-lookups.ts',
    holds: ['#waiting'],
    unit: 'members',
    size: () => lookups.size,
    max: () => MAX_LOOKUPS,
    evictions: () => lookups.refused,
  })
  bounds.add('live_requests', {
    kind: 'pool',
    source: 'apps/bot-syncer/src/live/sender.ts',
    unit: 'requests',
    size: () => sender.inFlight,
    max: () => MAX_REQUESTS_IN_FLIGHT,
  })
}
