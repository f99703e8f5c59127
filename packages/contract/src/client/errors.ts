import type { ErrorBody } from '../errors.js'

/** The API answered with a status from 400 up. */
export class ApiResponseError extends Error {
  override readonly name = 'ApiResponseError'

  constructor(
    readonly method: string,
    readonly url: string,
    readonly status: number,
    readonly body: ErrorBody | undefined,
    readonly retryAfterSeconds: number | undefined,
  ) {
    super(`${method} ${url} was answered ${status}: ${body?.message ?? 'without an explanation'}`)
  }
}

/** No usable answer: the connection failed, was cut, or took too long. */
export class ApiUnreachableError extends Error {
  override readonly name = 'ApiUnreachableError'

  constructor(
    readonly method: string,
    readonly url: string,
    cause: unknown,
  ) {
    super(`${method} ${url} got no answer (${reasonOf(cause)})`, { cause })
  }
}

/** A success status with a body that is not what the contract says: an error, never an empty result. */
export class MalformedResponseError extends Error {
  override readonly name = 'MalformedResponseError'

  constructor(
    readonly method: string,
    readonly url: string,
    cause: unknown,
  ) {
    super(`${method} ${url} was answered with a body that does not follow the contract`, { cause })
  }
}

/** `fetch` hides the reason ("ECONNREFUSED") in a chain of causes. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}
