import type { GatewaySession, LiveClient, ShardHeartbeatRequest, ShardLease, Snowflake } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import type { SharedClock } from './core/shared-clock.js'

/** How often it is looked whether there is something to tell: a resume point is stored no later than this. */
const TICK_MS = 1_000

export type ShardReport = Omit<ShardHeartbeatRequest['shards'][number], 'epoch'>

export interface LeasesOptions {
  readonly botId: Snowflake
  /** Without retries: what fails is told again a second later. */
  readonly client: Pick<LiveClient, 'claimShards' | 'reportShards' | 'releaseShards'>
  readonly holder: string
  readonly instance: string
  readonly shardCount: number
  readonly maxShards: number
  readonly preferred: readonly number[]
  readonly ttlSeconds: number
  readonly clock: SharedClock
  readonly log: Logger
  readonly onLeased: (lease: ShardLease) => void
  /** Somebody else holds it now. */
  readonly onLost: (shardId: number) => void
  /** Its preferred holder is back: to be given up in good order, then {@link Leases.release}d. */
  readonly onWanted: (shardId: number) => void
  readonly report: (shardId: number) => ShardReport
}

/** Which shards this process holds: claimed, kept by heartbeats that store the resume points, and given back. */
export class Leases {
  readonly #options: LeasesOptions
  readonly #epochs = new Map<number, number>()
  /** What was stored last, to tell whether there is news. */
  readonly #told = new Map<number, string>()
  /** Being given back: what a claim says of them meanwhile is older or newer than that, nobody knows which. */
  readonly #releasing = new Set<number>()
  #claimAtMs = Number.NEGATIVE_INFINITY
  #heartbeatAtMs = Number.NEGATIVE_INFINITY
  #failures = 0

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** Names what is remembered of the leases among the bounds of the process. */
  addTo(bounds: Bounds): void {
    const of = {
      kind: 'pool',
      source: 'apps/bot-syncer/src/live/leases.ts',
      unit: 'shards',
      max: () => this.#options.maxShards,
    } as const
    // While some are given back, others may be had in their place.
    bounds.add('leases', { ...of, holds: ['#epochs'], size: () => this.#epochs.size - this.#releasing.size })
    bounds.add('leases_releasing', { ...of, holds: ['#releasing'], size: () => this.#releasing.size })
    bounds.add('leases_told', { ...of, kind: 'cache', holds: ['#told'], size: () => this.#told.size })
  }

  get size(): number {
    return this.#epochs.size
  }

  get shardIds(): number[] {
    return [...this.#epochs.keys()]
  }

  /** Claims and tells until the signal ends it. */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tick(signal).then(
        () => {
          this.#failures = 0
        },
        (error) => this.#failed(error, signal),
      )
      await pause(TICK_MS, signal)
    }
  }

  /** @param sessions - the resume points of the shards to give back; undefined leaves what is stored */
  async release(sessions: ReadonlyMap<number, GatewaySession | undefined>, signal: AbortSignal): Promise<void> {
    const { client, botId, instance, shardCount, log } = this.#options
    const shards = [...sessions].flatMap(([shard_id, session]) => {
      const epoch = this.#epochs.get(shard_id)
      return epoch === undefined ? [] : [{ shard_id, epoch, ...(session === undefined ? {} : { session }) }]
    })
    if (shards.length === 0) return
    for (const { shard_id } of shards) this.#releasing.add(shard_id)
    try {
      await client.releaseShards(botId, { instance, shard_count: shardCount, shards }, signal)
      for (const { shard_id } of shards) this.#forget(shard_id)
    } finally {
      for (const { shard_id } of shards) this.#releasing.delete(shard_id)
    }
    log.info({ shards: shards.map((it) => it.shard_id) }, 'shards given back')
  }

  async #tick(signal: AbortSignal): Promise<void> {
    const { clock, maxShards, ttlSeconds } = this.#options
    const nowMs = clock.monotonicMs()
    const pauseMs = (ttlSeconds * 1_000) / 3
    if (this.size < maxShards && nowMs - this.#claimAtMs >= pauseMs) {
      await this.#claim(signal)
      this.#claimAtMs = nowMs
    }
    if (this.size > 0 && (nowMs - this.#heartbeatAtMs >= pauseMs || this.#hasNews())) {
      await this.#heartbeat(signal)
      this.#heartbeatAtMs = nowMs
    }
  }

  async #claim(signal: AbortSignal): Promise<void> {
    const { client, botId, holder, instance, shardCount, maxShards, preferred, ttlSeconds, clock } = this.#options
    const askedAtMs = clock.monotonicMs()
    const request = {
      holder,
      instance,
      shard_count: shardCount,
      max: maxShards,
      preferred: [...preferred],
      ttl_seconds: ttlSeconds,
    }
    const { now, shards } = await client.claimShards(botId, request, signal)
    clock.learn(now, askedAtMs)
    const held = new Set(shards.map((it) => it.shard_id))
    for (const shardId of this.shardIds) if (!held.has(shardId) && !this.#releasing.has(shardId)) this.#lose(shardId)
    for (const lease of shards) {
      if (this.#releasing.has(lease.shard_id)) continue
      const known = this.#epochs.get(lease.shard_id)
      if (known === lease.epoch) continue
      if (known !== undefined) this.#lose(lease.shard_id)
      this.#epochs.set(lease.shard_id, lease.epoch)
      this.#options.onLeased(lease)
    }
  }

  async #heartbeat(signal: AbortSignal): Promise<void> {
    const { client, botId, instance, shardCount, ttlSeconds, clock, report, onWanted } = this.#options
    const askedAtMs = clock.monotonicMs()
    const shards = [...this.#epochs].map(([shardId, epoch]) => ({ ...report(shardId), epoch }))
    const request = { instance, shard_count: shardCount, ttl_seconds: ttlSeconds, shards }
    const { now, lost, wanted } = await client.reportShards(botId, request, signal)
    clock.learn(now, askedAtMs)
    for (const { shard_id, epoch: _, ...told } of shards) {
      // Not of what was given back meanwhile.
      if (this.#epochs.has(shard_id)) this.#told.set(shard_id, newsOf({ shard_id, ...told }))
    }
    for (const shardId of lost) if (!this.#releasing.has(shardId)) this.#lose(shardId)
    for (const shardId of wanted) if (this.#epochs.has(shardId)) onWanted(shardId)
  }

  /** A resume point or a state that is not stored yet. */
  #hasNews(): boolean {
    return this.shardIds.some((shardId) => newsOf(this.#options.report(shardId)) !== this.#told.get(shardId))
  }

  #lose(shardId: number): void {
    if (!this.#epochs.has(shardId)) return
    this.#forget(shardId)
    this.#options.log.warn({ shard: shardId }, 'shard lost to another process')
    this.#options.onLost(shardId)
  }

  #forget(shardId: number): void {
    this.#epochs.delete(shardId)
    this.#told.delete(shardId)
  }

  #failed(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#failures += 1
    // Once a minute is enough for a person.
    if (this.#failures % 60 !== 1) return
    this.#options.log.warn({ err: error, failures: this.#failures }, 'leases not told to the API, trying again')
  }
}

const newsOf = ({ state, detail, session }: ShardReport) =>
  `${state} ${detail ?? ''} ${session?.session_id ?? ''} ${session?.sequence ?? ''}`

/** Ends early, and without an error, with the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })
}
