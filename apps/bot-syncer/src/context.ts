import type { ChunkLimits, Snowflake } from '@rollcall/contract'
import type { Logger } from 'pino'
import type { Mirror } from './api/mirror.js'
import type { DepartureGuard } from './core/guard.js'
import type { Report } from './core/report.js'
import type { Discord } from './discord/client.js'
import type { Holdings } from './holdings.js'
import type { Failures } from './report/failures.js'
import type { Progress } from './report/progress.js'

/** What the steps of one run work with. */
export interface ReconcileContext {
  readonly guildId: Snowflake
  readonly discord: Discord
  readonly mirror: Mirror
  readonly report: Report
  readonly failures: Failures
  readonly progress: Progress
  readonly holdings: Holdings
  /** Called whenever the counts have moved. */
  readonly onCounts: () => void
  readonly log: Logger
  readonly clock: () => number
  readonly signal: AbortSignal
  readonly chunkLimits: ChunkLimits
  readonly departureGuard: DepartureGuard
  /** How much a person has approved; 0 is nothing beyond the guards. */
  readonly allowed: { readonly departures: number; readonly roleDeletions: number }
}
