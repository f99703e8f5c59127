import type { FastifyInstance, FastifyRequest } from 'fastify'
import {
  type ApiError,
  LimitExceededError,
  MalformedJsonError,
  RetryLaterError,
  UnauthorizedError,
  type UnauthorizedReason,
} from '../../errors.js'
import { prepareReply, toApiError } from '../../plugins/errors.js'
import { InvalidDataError } from './invalid-data-error.js'
import { unsupportedMediaType } from './read-body.js'

const UNAUTHORIZED: Record<UnauthorizedReason, string> = {
  missing: 'Authentication credentials were not provided.',
  empty: 'Invalid token header. No credentials provided.',
  blanks: 'Invalid token header. Token string should not contain spaces.',
  unknown: 'Invalid token.',
  expired: 'User inactive or deleted.',
}

/** Words every error as existing bots know it. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((original, request, reply) => {
    const error = toApiError(original, request)
    prepareReply(original, error, request, reply)
    return reply.type('application/json').send(JSON.stringify(bodyOf(error, request)))
  })
  app.setNotFoundHandler((_request, reply) =>
    reply
      .code(404)
      .type('application/json')
      .send(JSON.stringify({ detail: 'Not found.' })),
  )
}

function bodyOf(error: ApiError, request: FastifyRequest): object {
  if (error instanceof InvalidDataError) return error.body
  if (error instanceof LimitExceededError) {
    const { limit, max, sent } = error.facts
    return { detail: error.message, limit, max, sent }
  }
  return { detail: detailOf(error, request) }
}

function detailOf(error: ApiError, request: FastifyRequest): string {
  if (error instanceof UnauthorizedError) return UNAUTHORIZED[error.reason]
  if (error instanceof MalformedJsonError) return `JSON parse error - ${error.reason}`
  if (error instanceof RetryLaterError && error.statusCode === 429) {
    const { retryAfterSeconds: seconds } = error
    return `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`
  }
  if (error.statusCode === 403) return 'You do not have permission to perform this action.'
  if (error.statusCode === 500) return 'Internal server error.'
  // Fastify's own refusal of a Content-Type that says nothing.
  if (error.message === 'Unsupported Media Type') return unsupportedMediaType(request.headers)
  return error.message
}
