import type { ErrorBody, ErrorCode, Issue, LimitName } from '@rollcall/contract'
import { LIMITS, MAX_ISSUES_TOLD } from '@rollcall/contract'

/** A fault with an answer of its own. `statusCode` is Fastify's word for it. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError'

  constructor(
    readonly statusCode: number,
    readonly code: ErrorCode,
    message: string,
    /** Facts that the native body carries beside the message. */
    readonly facts: Partial<Omit<ErrorBody, 'code' | 'message'>> = {},
  ) {
    super(message)
  }
}

/** 400 with every fault found, told up to a readable number. */
export class ValidationError extends ApiError {
  override readonly name = 'ValidationError'

  constructor(issues: readonly Issue[]) {
    const told = issues.slice(0, MAX_ISSUES_TOLD)
    const omitted = issues.length - told.length
    super(400, 'validation_failed', `The request has ${issues.length} fault${issues.length === 1 ? '' : 's'}.`, {
      issues: told.map(({ path, message }) => ({ path, message: shortened(message) })),
      ...(omitted > 0 ? { issues_omitted: omitted } : {}),
    })
  }
}

/** zod quotes what it refuses; a hostile key must not fill the answer. */
const shortened = (message: string) => (message.length > 200 ? `${message.slice(0, 199)}…` : message)

/** 400 for a body that cannot be read. `reason` says why, without quoting the body. */
export class MalformedJsonError extends ApiError {
  override readonly name = 'MalformedJsonError'

  constructor(readonly reason: string) {
    super(400, 'malformed_json', `The body is not JSON: ${reason}`)
  }
}

/** 413 that names the limit and what was sent. `sent` is unknown when a body without Content-Length was cut off. */
export class LimitExceededError extends ApiError {
  override readonly name = 'LimitExceededError'

  constructor(code: 'too_many_items' | 'body_too_large', limit: LimitName, max: number, sent: number | undefined) {
    const sentence = LIMITS[limit].sentence
    super(413, code, `${sentence} ${sent === undefined ? 'This one is larger.' : `${sent} were sent.`}`, {
      limit,
      max,
      ...(sent === undefined ? {} : { sent }),
    })
  }
}

/** Why a request is not let in; each mount words it in its own way. */
export type UnauthorizedReason = 'missing' | 'empty' | 'blanks' | 'unknown' | 'expired'

export class UnauthorizedError extends ApiError {
  override readonly name = 'UnauthorizedError'

  constructor(readonly reason: UnauthorizedReason) {
    super(401, 'unauthorized', UNAUTHORIZED[reason])
  }
}

const UNAUTHORIZED: Record<UnauthorizedReason, string> = {
  missing: 'Send a token: "Authorization: Bearer <key>" or "Authorization: Token <key>".',
  empty: 'The Authorization header has a scheme but no key.',
  blanks: 'A key has no blanks.',
  unknown: 'The token is not known.',
  expired: 'The token has expired or was revoked.',
}

/** A refusal that passes: the client is told when to come back. */
export class RetryLaterError extends ApiError {
  override readonly name = 'RetryLaterError'

  constructor(
    statusCode: 409 | 429 | 503,
    code: ErrorCode,
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super(statusCode, code, message, { retry_after: retryAfterSeconds })
  }
}

export const notFound = (
  code: 'unknown_guild' | 'unknown_role' | 'unknown_member' | 'unknown_sync_run' | 'unknown_notice',
  what: string,
) => new ApiError(404, code, `${what} is not known.`)
