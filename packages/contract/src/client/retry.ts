import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { ApiResponseError, ApiUnreachableError } from './errors.js'

/** One row of a retry table: which failures it is about, how often they are tried again, and after what pause. */
export interface RetryRule {
  readonly of: string
  readonly matches: (error: unknown) => boolean
  /** Attempts after the first. */
  readonly retries: number
  /** The pause before the `attempt`-th retry, from 1, in milliseconds; `random` is in [0, 1). */
  readonly delayMs: (error: unknown, attempt: number, random: number) => number
}

/** What a retry is about to do; for a log line. */
export interface RetryNotice {
  readonly error: unknown
  readonly attempt: number
  readonly delayMs: number
}

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined
  readonly random?: () => number
}

/** Exponential with full jitter: anywhere from 0 to `base · 2^(attempt−1)`, at most `cap`. */
export const fullJitter = (baseMs: number, capMs: number) => (_error: unknown, attempt: number, random: number) =>
  random * Math.min(capMs, baseMs * 2 ** (attempt - 1))

const status = (error: unknown) => (error instanceof ApiResponseError ? error.status : undefined)

/** The server said when to come back; a little jitter keeps clients from coming back all at once. */
const afterRetryAfter = (error: unknown, _attempt: number, random: number) =>
  ((error as ApiResponseError).retryAfterSeconds ?? 0) * 1_000 + random * 250

/** What is transient when talking to the API. The first row that matches decides; no row, no retry. */
export const API_RETRIES: readonly RetryRule[] = [
  {
    of: '429 and 503 with Retry-After',
    matches: (error) =>
      [429, 503].includes(status(error) ?? 0) && (error as ApiResponseError).retryAfterSeconds !== undefined,
    retries: 60,
    delayMs: afterRetryAfter,
  },
  {
    of: 'server errors, time-outs, and a 429 of a proxy that does not say when',
    matches: (error) => [408, 429, 500, 502, 503, 504].includes(status(error) ?? 0),
    retries: 8,
    delayMs: fullJitter(250, 15_000),
  },
  {
    of: 'no answer',
    matches: (error) => error instanceof ApiUnreachableError,
    retries: 8,
    delayMs: fullJitter(250, 15_000),
  },
]

/**
 * Calls until it succeeds or the table says that there is no point.
 *
 * @throws the last error, or the signal's reason
 */
export async function retrying<T>(
  rules: readonly RetryRule[],
  call: () => Promise<T>,
  { signal, onRetry, random = Math.random }: RetryOptions = {},
): Promise<T> {
  return pRetry(call, {
    // The table decides on number and pause; it does so in `shouldRetry`, which may wait.
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 0,
    ...(signal ? { signal } : {}),
    shouldRetry: async ({ error, attemptNumber: attempt }) => {
      const rule = rules.find((it) => it.matches(error))
      if (!rule || attempt > rule.retries) return false
      const delayMs = rule.delayMs(error, attempt, random())
      onRetry?.({ error, attempt, delayMs })
      // The timer would reject with an error of its own.
      await sleep(delayMs, undefined, signal ? { signal } : undefined).catch(() => signal?.throwIfAborted())
      return true
    },
  })
}
