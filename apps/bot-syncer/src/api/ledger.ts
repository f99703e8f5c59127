import {
  limitTime,
  type ReportSyncRun,
  type RollcallClient,
  type Snowflake,
  type SyncRun,
  type SyncRunCounts,
} from '@rollcall/contract'
import type { Logger } from 'pino'
import { isApiError } from './errors.js'

const PROGRESS_INTERVAL_MS = 2_000

/** The end of a run is worth waiting for, but not for ever: the next run ends it, too. */
const FINAL_REPORT_TIMEOUT_MS = 20_000

/** A SyncRun's `error` holds as many characters. */
const MAX_ERROR_LENGTH = 1_000

export interface LedgerOptions {
  /** Tries again; for the last word. */
  readonly client: RollcallClient
  /** Does not try again: a progress report that fails is followed by another. */
  readonly progressClient: RollcallClient
  readonly guildId: Snowflake
  readonly run: SyncRun
  readonly clock: () => number
  readonly log: Logger
  /** Another run took over: called at most once. */
  readonly onTakenOver: (error: Error) => void
}

/** What the API remembers of one run: its progress while it runs, and its end. */
export class Ledger {
  readonly #options: LedgerOptions
  #reportedAtMs: number
  #underWay: Promise<void> = Promise.resolve()
  #isUnderWay = false
  readonly #over = new AbortController()

  constructor(options: LedgerOptions) {
    this.#options = options
    this.#reportedAtMs = options.clock()
  }

  /** Reports the counts if the last report is old enough; in the background, one at a time, never failing. */
  progress(counts: Readonly<SyncRunCounts>): void {
    const { clock } = this.#options
    if (this.#isUnderWay || clock() - this.#reportedAtMs < PROGRESS_INTERVAL_MS) return
    this.#reportedAtMs = clock()
    this.#isUnderWay = true
    this.#underWay = this.#report({ ...counts }).finally(() => {
      this.#isUnderWay = false
    })
  }

  /**
   * The last word; progress that is still being reported is given up for it.
   *
   * @param signal - when it has to be said
   * @throws when the API does not take it
   */
  async end(
    counts: Readonly<SyncRunCounts>,
    state: NonNullable<ReportSyncRun['state']>,
    error: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    this.#over.abort()
    await this.#underWay
    const { client, guildId, run } = this.#options
    const report = { ...counts, state, error: error === undefined ? null : fitting(error) }
    const limit = limitTime(FINAL_REPORT_TIMEOUT_MS, signal)
    try {
      await client.reportSyncRun(guildId, run.id, report, limit.signal)
    } finally {
      limit.clear()
    }
  }

  async #report(counts: SyncRunCounts): Promise<void> {
    const { progressClient, guildId, run, log, onTakenOver } = this.#options
    try {
      await progressClient.reportSyncRun(guildId, run.id, counts, this.#over.signal)
    } catch (error) {
      if (this.#over.signal.aborted) return
      if (isApiError(error, 409, 'sync_run_ended')) onTakenOver(error)
      else log.warn({ err: error }, 'progress not reported')
    }
  }
}

const fitting = (text: string) => [...text.replaceAll('\0', '').toWellFormed()].slice(0, MAX_ERROR_LENGTH).join('')
