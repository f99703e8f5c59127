import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiResponseError, RollcallClient, Snowflake, SyncRun } from '@rollcall/contract'
import type { Logger } from 'pino'
import { isApiError } from './errors.js'

/** A long wait is cut into pieces, so that a person who settles the matter is noticed. */
const MAX_WAIT_MS = 600_000

export interface StartRunOptions {
  readonly client: RollcallClient
  readonly guildId: Snowflake
  /** `--now`: skip the wait that repeated failures have earned. */
  readonly skipsWait: boolean
  /** Fails where the wait would begin. */
  readonly isImpatient: boolean
  /** Makes the guild known to the API. */
  readonly introduceGuild: () => Promise<void>
  readonly clock: () => number
  readonly log: Logger
  readonly signal: AbortSignal
}

/**
 * Enters a new run into the ledger before anything else is asked, so that even a run that fails at its first step is
 * remembered. Only a guild that the API does not know is introduced first.
 */
export async function startRun(options: StartRunOptions): Promise<SyncRun> {
  const { client, guildId, skipsWait, isImpatient, introduceGuild, clock, log, signal } = options
  let isIntroduced = false
  while (true) {
    try {
      return await client.startSyncRun(guildId, { now: skipsWait }, signal)
    } catch (error) {
      if (isApiError(error, 404, 'unknown_guild') && !isIntroduced) {
        await introduceGuild()
        isIntroduced = true
      } else if (isApiError(error, 409, 'sync_run_too_early') && !isImpatient) {
        const waitMs = Math.min(waitOf(error), MAX_WAIT_MS)
        const at = new Date(clock() + waitMs).toISOString()
        log.warn(
          { at, wait_seconds: waitMs / 1_000 },
          `waiting until ${at}: the last runs failed; --now skips the wait`,
        )
        await sleep(waitMs, undefined, { signal })
      } else throw error
    }
  }
}

const waitOf = ({ retryAfterSeconds, body }: ApiResponseError) => (retryAfterSeconds ?? body?.retry_after ?? 60) * 1_000
