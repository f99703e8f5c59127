import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { RunVerdict } from './run.js'

/** Starts drift by so much, so that many syncers do not meet in the same second for ever. */
const JITTER = 0.05

export interface RepeatOptions {
  readonly intervalMs: number
  readonly clock: () => number
  readonly log: Logger
  readonly stop: AbortSignal
  readonly random?: () => number
}

/**
 * Runs, and runs again one interval after the last start; a run that takes longer is followed at once, never overlapped.
 * A failed run changes nothing here: the API's ledger knows how long the next one should wait.
 *
 * @returns the verdict of the last run, once it was told to stop
 */
export async function repeat(
  run: (isFirst: boolean) => Promise<RunVerdict>,
  { intervalMs, clock, log, stop, random = Math.random }: RepeatOptions,
): Promise<RunVerdict> {
  for (let isFirst = true; ; isFirst = false) {
    const startedAtMs = clock()
    const verdict = await run(isFirst)
    if (stop.aborted) return verdict
    const nextAtMs = startedAtMs + intervalMs * (1 + JITTER * (2 * random() - 1))
    log.info({ at: new Date(nextAtMs).toISOString() }, 'next run')
    try {
      await sleep(Math.max(0, nextAtMs - clock()), undefined, { signal: stop })
    } catch {
      return verdict
    }
  }
}
