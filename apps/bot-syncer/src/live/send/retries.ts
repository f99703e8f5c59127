import { ApiResponseError, fullJitter, type RetryRule } from '@rollcall/contract'
import { isFaulty } from './settled.js'

/** A little apart, so that requests that were turned away together do not come back together. */
const JITTER_MS = 250

/**
 * Of what has happened in Discord nothing may be lost, so there is no last attempt: events wait, in bounds, until the API
 * takes them, also where a person has to mend something first, such as a token.
 */
export const LIVE_RETRIES: readonly RetryRule[] = [
  { of: 'requests that are wrong as they are', matches: isFaulty, retries: 0, delayMs: () => 0 },
  {
    of: 'answers that say when to come back',
    matches: (error) => error instanceof ApiResponseError && error.retryAfterSeconds !== undefined,
    retries: Number.POSITIVE_INFINITY,
    delayMs: (error, _attempt, random) =>
      ((error as ApiResponseError).retryAfterSeconds ?? 0) * 1_000 + random * JITTER_MS,
  },
  {
    of: 'everything else',
    matches: () => true,
    retries: Number.POSITIVE_INFINITY,
    delayMs: fullJitter(250, 15_000),
  },
]
