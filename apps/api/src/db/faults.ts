import { ApiError, RetryLaterError } from '../errors.js'

/** Seconds after which a client may try again when Postgres is away: a restart takes about that long. */
const RETRY_AFTER_SECONDS = 2

/**
 * SQLSTATE classes and codes that pass by themselves: connection exceptions, shutdown and crash of the server, too many
 * connections, no connection to be had in time, a statement or lock that took too long; and what an operator is about to
 * mend: a login or database that is not there, a standby, a schema that lacks a migration.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const PASSING = /^(08...|28...|57P0[1-5]|53300|57014|55P03|25P03|25006|3D000|40001|40P01|42P01|42703)$/
const DISK_FULL = '53100'

/** Prisma's words for them: cannot reach, timed out, closed the connection. */
const PRISMA_SOCKET = ['P1001', 'P1008', 'P1017']
const SOCKET = new Set([
  ...PRISMA_SOCKET,
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
])

/** pg has no codes for these. */
const PG_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error/

/** What an error of the database means to a caller; undefined when it is not one that passes. */
export function databaseFault(error: unknown): ApiError | undefined {
  for (const cause of causes(error)) {
    if (cause.code === DISK_FULL) {
      return new ApiError(
        507,
        'database_full',
        'The database has no disk space left, so nothing can be written. Free or add space.',
      )
    }
    if (PASSING.test(cause.code) || SOCKET.has(cause.code) || PG_MESSAGES.test(cause.message)) {
      return new RetryLaterError(
        503,
        'database_unavailable',
        'The database cannot be reached at the moment.',
        RETRY_AFTER_SECONDS,
      )
    }
  }
  return undefined
}

/**
 * The error and what it wraps. Prisma puts its adapter's error into `meta.driverAdapterError`, and the SQLSTATE there into
 * `cause.originalCode`.
 */
function* causes(error: unknown): Generator<{ code: string; message: string }> {
  let current: unknown = error
  for (let depth = 0; current && typeof current === 'object' && depth < 5; depth++) {
    const { code, originalCode, message, originalMessage, cause, meta } = current as Wrapped
    yield { code: String(originalCode ?? code ?? ''), message: String(originalMessage ?? message ?? '') }
    current = cause ?? meta?.driverAdapterError
  }
}

interface Wrapped {
  readonly code?: unknown
  readonly originalCode?: unknown
  readonly message?: unknown
  readonly originalMessage?: unknown
  readonly cause?: unknown
  readonly meta?: { readonly driverAdapterError?: unknown }
}
