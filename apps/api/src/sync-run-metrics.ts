import { SyncRunState } from '@rollcall/contract'
import { Gauge, type Registry } from 'prom-client'
import { type LatestSyncRun, latestSyncRuns } from './db/latest-sync-runs.js'
import type { Pool } from './db/pool.js'
import { within } from './within.js'

/** More guilds than this would be more series than a graph can show. */
const MAX_GUILDS = 100

/** A scrape does not wait for a slow database; it says that the ledger cannot be read. */
const TIMEOUT_MS = 2_000

/**
 * What the ledger says of the last reconcile of each guild. A finished Job cannot be scraped, so the API tells it; every
 * replica says the same.
 */
export class SyncRunMetrics {
  readonly #pool: Pool
  readonly #gauges: ReturnType<typeof gauges>
  #refreshing: Promise<void> | undefined

  constructor(registry: Registry, pool: Pool) {
    this.#pool = pool
    this.#gauges = gauges(registry)
  }

  /** Reads the ledger; two scrapes at once share the reading. Never fails: what cannot be read is not shown. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #read(): Promise<void> {
    const runs = await within(TIMEOUT_MS, latestSyncRuns(this.#pool, MAX_GUILDS)).catch(() => undefined)
    for (const gauge of Object.values(this.#gauges)) gauge.reset()
    this.#gauges.readable.set(runs ? 1 : 0)
    for (const run of runs ?? []) this.#show(run)
  }

  #show(run: LatestSyncRun): void {
    const { succeededAt, heartbeatAt, state, attempt, changes, departures, duration } = this.#gauges
    const guild_id = `${run.guild_id}`
    succeededAt.set({ guild_id }, run.succeeded_at)
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
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const guild = ['guild_id']
  return {
    readable: gauge('rollcall_ledger_readable', '1 when the ledger of sync runs could be read for this scrape', []),
    succeededAt: gauge(
      'rollcall_sync_last_success_timestamp_seconds',
      'When a run of the guild was last done; 0 for never',
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
