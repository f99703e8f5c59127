import { SyncRunState } from '@rollcall/contract'
import { Gauge, type Registry } from 'prom-client'
import {
  GUILD_SYNC_STATES,
  type LatestOfGuild,
  type LatestSyncRun,
  type LatestSyncRuns,
  latestSyncRuns,
} from './db/latest-sync-runs.js'
import type { Pool } from './db/pool.js'
import { within } from './within.js'

/** More guilds than this would be more series than a graph can show. */
const MAX_GUILDS = 100

/** A scrape does not wait for a slow database; it says that the ledger cannot be read. */
const TIMEOUT_MS = 2_000

/** A reading that takes as long as this, of very many guilds, is shown for a while: reading is a twentieth of the time. */
const LONG_READING_MS = 1_000
const REST_FACTOR = 19

/**
 * What the ledger says of the last reconcile of each guild. A finished Job cannot be scraped, so the API tells it; every
 * replica says the same. All guilds are counted; those that need a person first are told each for itself.
 */
export class SyncRunMetrics {
  readonly #pool: Pool
  readonly #gauges: ReturnType<typeof gauges>
  #refreshing: Promise<void> | undefined
  #reading: Promise<void> | undefined
  #latest: LatestSyncRuns | undefined
  #readAt = Number.NEGATIVE_INFINITY
  #tookMs = 0

  constructor(registry: Registry, pool: Pool) {
    this.#pool = pool
    this.#gauges = gauges(registry)
  }

  /** Reads the ledger; two scrapes at once share the reading. Never fails: what cannot be read is not shown. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #refresh(): Promise<void> {
    const rests = this.#latest && this.#tookMs > LONG_READING_MS && this.#ageMs < this.#tookMs * REST_FACTOR
    if (!rests) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined
      })
      await within(TIMEOUT_MS, this.#reading).catch(() => {})
    }
    for (const gauge of Object.values(this.#gauges)) gauge.reset()
    // `reset` leaves what has no labels at 0, which would be a date, and a long time ago.
    for (const it of [this.#gauges.oldestSuccess, this.#gauges.oldestNeverDone, this.#gauges.oldestHeartbeat])
      it.remove()
    // The last one stands in for one that is taking about as long; any older says nothing of now.
    const latest = this.#ageMs <= this.#tookMs * (REST_FACTOR + 2) ? this.#latest : undefined
    this.#gauges.readable.set(latest ? 1 : 0)
    if (latest) this.#show(latest)
  }

  async #read(): Promise<void> {
    const startedAt = performance.now()
    this.#latest = await latestSyncRuns(this.#pool, MAX_GUILDS).catch(() => undefined)
    this.#readAt = performance.now()
    this.#tookMs = this.#readAt - startedAt
  }

  get #ageMs(): number {
    return performance.now() - this.#readAt
  }

  #show({ guilds, urgent, oldest_success, oldest_never_done, oldest_heartbeat }: LatestSyncRuns): void {
    const it = this.#gauges
    for (const state of GUILD_SYNC_STATES) it.guilds.set({ state }, guilds[state] ?? 0)
    if (oldest_success !== null) it.oldestSuccess.set(oldest_success)
    if (oldest_never_done !== null) it.oldestNeverDone.set(oldest_never_done)
    if (oldest_heartbeat !== null) it.oldestHeartbeat.set(oldest_heartbeat)
    for (const guild of urgent) this.#showGuild(guild)
  }

  #showGuild(guild: LatestOfGuild): void {
    const { guild_id, succeeded_at, never_done_since } = guild
    if (succeeded_at !== null) this.#gauges.succeededAt.set({ guild_id }, succeeded_at)
    if (never_done_since !== null) this.#gauges.neverDoneSince.set({ guild_id }, never_done_since)
    if (guild.state !== null) this.#showRun(guild_id, guild)
  }

  #showRun(guild_id: string, run: LatestSyncRun): void {
    const { heartbeatAt, state, attempt, changes, departures, duration } = this.#gauges
    heartbeatAt.set({ guild_id }, run.heartbeat_at)
    duration.set({ guild_id }, run.duration_seconds)
    attempt.set({ guild_id }, run.attempt)
    departures.set({ guild_id }, run.departed)
    for (const name of SyncRunState.options) state.set({ guild_id, state: name }, name === run.state ? 1 : 0)
    for (const outcome of ['done', 'stale', 'failed', 'remaining'] as const) {
      changes.set({ guild_id, outcome }, run[outcome])
    }
  }
}

function gauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const guild = ['guild_id']
  return {
    readable: gauge('rollcall_ledger_readable', '1 when the ledger of sync runs could be read for this scrape'),
    guilds: gauge('rollcall_sync_guilds', 'All guilds, by the state of the last run; none: no run, left: by the bot', [
      'state',
    ]),
    oldestSuccess: gauge(
      'rollcall_sync_oldest_success_timestamp_seconds',
      'Of all guilds, the one whose last done run is the longest ago',
    ),
    oldestNeverDone: gauge(
      'rollcall_sync_oldest_never_done_timestamp_seconds',
      'Of all guilds of which no run was ever done, the one that has waited the longest: its first run, or when it was first seen',
    ),
    oldestHeartbeat: gauge(
      'rollcall_sync_oldest_heartbeat_timestamp_seconds',
      'Of all runs under way, the one not heard of for the longest',
    ),
    succeededAt: gauge('rollcall_sync_last_success_timestamp_seconds', 'When a run of the guild was last done', guild),
    neverDoneSince: gauge(
      'rollcall_sync_never_done_since_timestamp_seconds',
      'First run of a guild of which none was ever done, or when it was first seen',
      guild,
    ),
    heartbeatAt: gauge('rollcall_sync_heartbeat_timestamp_seconds', 'When the last run was last heard of', guild),
    duration: gauge('rollcall_sync_duration_seconds', 'How long the last run took, or has taken so far', guild),
    state: gauge('rollcall_sync_state', '1 for the state of the last run', ['guild_id', 'state']),
    attempt: gauge('rollcall_sync_attempt', 'Attempt of the last run: one more for each failure before it', guild),
    changes: gauge('rollcall_sync_changes', 'Changes that the last run found, by what became of them', [
      'guild_id',
      'outcome',
    ]),
    departures: gauge('rollcall_sync_departures', 'Members whom the last run found to have left', guild),
  }
}
