import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiResponseError, RollcallClient, Snowflake, SyncRun } from '@rollcall/contract'
import type { Logger } from 'pino'
import { isApiError } from './errors.js'

/** A long wait is cut into pieces, so that a person who settles the matter is noticed. */
const MAX_PIECE_MS = 600_000

export interface StartRunOptions {
  readonly client: RollcallClient
  readonly guildId: Snowflake
  /** `--now`: skip the wait that repeated failures have earned. */
  readonly skipsWait: boolean
  /** A run that would have to wait for longer does not begin; undefined where it may take as long as it takes. */
  readonly maxWaitMs: number | undefined
  /** Makes the guild known to the API. */
  readonly introduceGuild: () => Promise<unknown>
  readonly clock: () => number
  readonly log: Logger
  readonly signal: AbortSignal
}

/** No run began: the last ones failed, and the guild rests for longer than anybody waits. */
export class RestingError extends Error {
  override readonly name = 'RestingError'

  constructor(readonly until: string) {
    super(
      `The last runs failed, so the guild rests until ${until} and no run began. Mend the cause, then run once with --now.`,
    )
  }
}

/**
 * Enters a new run into the ledger before anything else is asked, so that even a run that fails at its first step is
 * remembered. Only a guild that the API does not know is introduced first.
 *
 * @throws {@link RestingError} where the API tells it to wait, if that is too long or was ended by the signal
 */
export async function startRun(options: StartRunOptions): Promise<SyncRun> {
  const { client, guildId, skipsWait, introduceGuild, signal } = options
  let isIntroduced = false
  while (true) {
    try {
      return await client.startSyncRun(guildId, { now: skipsWait }, signal)
    } catch (error) {
      if (isApiError(error, 404, 'unknown_guild') && !isIntroduced) {
        await introduceGuild()
        isIntroduced = true
      } else if (isApiError(error, 409, 'sync_run_too_early')) await rest(waitOf(error), options)
      else throw error
    }
  }
}

async function rest(
  waitMs: number,
  { maxWaitMs = Number.POSITIVE_INFINITY, clock, log, signal }: StartRunOptions,
): Promise<void> {
  const until = new Date(clock() + waitMs).toISOString()
  if (waitMs > maxWaitMs) throw new RestingError(until)
  const facts = { until, wait_seconds: waitMs / 1_000 }
  log.warn(facts, `waiting until ${until}: the last runs failed; --now skips the wait`)
  await sleep(Math.min(waitMs, MAX_PIECE_MS), undefined, { signal }).catch(() => {
    throw new RestingError(until)
  })
}

const waitOf = ({ retryAfterSeconds, body }: ApiResponseError) => (retryAfterSeconds ?? body?.retry_after ?? 60) * 1_000
