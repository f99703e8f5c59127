import { HTTPError } from '@discordjs/rest'
import { fullJitter, type RetryRule } from '@rollcall/contract'
import { MalformedDiscordResponseError } from './errors.js'

/** Of a connection that failed, was cut, or took too long; Node's own and undici's. */
const TRANSIENT_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET',
])

const isTransient = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false
  if ('code' in error && typeof error.code === 'string' && TRANSIENT_CODES.has(error.code)) return true
  return error.message === 'other side closed' || error.message === 'terminated' || isTransient(error.cause)
}

/**
 * What is worth asking Discord again. 429 is not here: the REST library waits as long as Discord says. Nor is 401, 403 or
 * 404: the answer would be the same, and refused requests are counted.
 */
export const DISCORD_RETRIES: readonly RetryRule[] = [
  {
    of: 'server errors',
    matches: (error) => error instanceof HTTPError && error.status >= 500,
    retries: 8,
    delayMs: fullJitter(500, 30_000),
  },
  {
    of: 'connections that fail, are cut or take too long',
    // The library ends a request that takes too long with an AbortError.
    matches: (error) => isTransient(error) || (error instanceof Error && error.name === 'AbortError'),
    retries: 8,
    delayMs: fullJitter(500, 30_000),
  },
  {
    of: 'bodies that are cut off or not JSON',
    matches: (error) => error instanceof SyntaxError || error instanceof MalformedDiscordResponseError,
    retries: 4,
    delayMs: fullJitter(500, 30_000),
  },
]
