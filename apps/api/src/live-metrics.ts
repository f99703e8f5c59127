import { DirtyReason, ShardState } from '@rollcall/contract'
import { Gauge, type Registry } from 'prom-client'
import { type LiveStatus, readLiveStatus } from './db/live/read-live-status.js'
import type { Pool } from './db/pool.js'
import { within } from './within.js'

/** A scrape does not wait for a slow database; it says that the state cannot be read. */
const TIMEOUT_MS = 2_000

/** How it goes with following guilds live, as the database has it: every replica says the same, however many guilds there are. */
export class LiveMetrics {
  readonly #pool: Pool
  readonly #gauges: ReturnType<typeof gauges>
  #refreshing: Promise<void> | undefined

  constructor(registry: Registry, pool: Pool) {
    this.#pool = pool
    this.#gauges = gauges(registry)
  }

  /** Reads the state; two scrapes at once share the reading. Never fails: what cannot be read is not shown. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #read(): Promise<void> {
    const status = await within(TIMEOUT_MS, readLiveStatus(this.#pool)).catch(() => undefined)
    for (const gauge of Object.values(this.#gauges)) gauge.reset()
    this.#gauges.readable.set(status ? 1 : 0)
    if (status) this.#show(status)
  }

  #show(status: LiveStatus): void {
    const it = this.#gauges
    for (const state of ShardState.options) it.shards.set({ state }, status.shards[state] ?? 0)
    for (const reason of DirtyReason.options) it.dirty.set({ reason }, status.dirty[reason] ?? 0)
    it.heartbeatAge.set(status.heartbeat_age ?? 0)
    it.dirtyAge.set(status.dirty_age ?? 0)
    it.lagMax.set((status.lag_max_ms ?? 0) / 1_000)
    it.lagP99.set((status.lag_p99_ms ?? 0) / 1_000)
    it.notices.set({ state: 'pending' }, status.notices_pending)
    it.notices.set({ state: 'lost' }, status.notices_lost)
    it.notices.set({ state: 'failed' }, status.notices_failed)
    // 0 of 0 where no bot was ever identified.
    it.identifiesTotal.set(status.identifies_total ?? 0)
    it.identifiesRemaining.set(status.identifies_remaining ?? 0)
  }
}

function gauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  return {
    readable: gauge('rollcall_live_readable', '1 when the state of live following could be read for this scrape'),
    shards: gauge('rollcall_shards', 'Shards in use, by state; free: nobody holds it or was heard of in time', [
      'state',
    ]),
    heartbeatAge: gauge(
      'rollcall_shard_heartbeat_age_seconds',
      'Since the shard not heard of for the longest was heard of',
    ),
    dirty: gauge(
      'rollcall_dirty_guilds',
      'Guilds whose mirror may lack something, by why; at most 100,000 are counted',
      ['reason'],
    ),
    dirtyAge: gauge(
      'rollcall_dirty_guild_age_seconds',
      'How long the longest of them has been waiting for a reconcile',
    ),
    lagMax: gauge('rollcall_live_lag_max_seconds', 'Event received to committed, of the shard that is the latest'),
    lagP99: gauge('rollcall_live_lag_p99_seconds', 'Event received to committed, in 99 of 100 shards at most'),
    identifiesTotal: gauge('rollcall_identifies_total', 'Identifies that Discord allows in a window'),
    identifiesRemaining: gauge('rollcall_identifies_remaining', 'Identifies that are left in this window'),
    notices: gauge('rollcall_notices', 'Notices: guilds that none was made of yet, notices that were lost or failed', [
      'state',
    ]),
  }
}
