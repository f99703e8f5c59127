import { type ErrorBody, type ErrorCode, MAX_BODY_BYTES } from '@rollcall/contract'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { databaseFault } from '../db/faults.js'
import { ApiError, LimitExceededError, RetryLaterError } from '../errors.js'
import type { RecurringLog } from '../recurring-log.js'
import { REQUEST_ID_HEADER } from './request-id.js'

/** What Fastify itself refuses, in the contract's words. */
const FASTIFY_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'bad_request',
  FST_ERR_HANDLER_TIMEOUT: 'request_timeout',
}

/** Fastify quotes the path, which may be long. */
const MESSAGE_CHARACTERS = 200

/**
 * Gives every error one meaning: the caller's fault with all that is needed to mend it, or a passing one with the time to
 * come back, or 500, logged whole and told as "internal error". Each mount then words it its own way.
 */
export function toApiError(error: unknown, request: FastifyRequest): ApiError {
  if (error instanceof ApiError) return error
  const fault = databaseFault(error)
  if (fault) return fault
  const { code = '', statusCode, message } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge(request)
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new ApiError(statusCode, FASTIFY_CODES[code] ?? 'bad_request', message.slice(0, MESSAGE_CHARACTERS))
  }
  return new ApiError(500, 'internal_error', 'Internal error. The log has the details under the request id.')
}

function bodyTooLarge(request: FastifyRequest): LimitExceededError {
  const max = request.routeOptions.bodyLimit ?? MAX_BODY_BYTES
  const { bulk, report } = request.routeOptions.config
  const limit = bulk ? 'max_bulk_body_bytes' : report ? 'max_report_body_bytes' : 'max_body_bytes'
  const length = Number(request.headers['content-length'] ?? Number.NaN)
  return new LimitExceededError('body_too_large', limit, max, Number.isFinite(length) ? length : undefined)
}

/** Logs what a person has to look at, and sets the headers that belong to the error. */
export function prepareReply(original: unknown, error: ApiError, request: FastifyRequest, reply: FastifyReply): void {
  if (error.statusCode >= 500 && !(error instanceof RetryLaterError))
    request.log.error({ err: original }, 'request failed')
  else if (error.statusCode === 503) {
    // A refusal of our own says all with its code.
    const cause = original === error ? undefined : original
    request.server.recurringLog.warn('request put off', cause, { code: error.code }, request.log)
  }
  if (error instanceof RetryLaterError) reply.header('retry-after', error.retryAfterSeconds)
  if (error.statusCode === 401) reply.header('www-authenticate', 'Token')
  reply.code(error.statusCode)
}

/** Answers in the native form. Also of what Fastify refuses before a route, and so a mount, is found. */
export function answerError(original: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toApiError(original, request)
  prepareReply(original, error, request, reply)
  reply.header(REQUEST_ID_HEADER, request.id)
  return send(reply, { code: error.code, message: error.message, ...error.facts, request_id: request.id })
}

declare module 'fastify' {
  interface FastifyInstance {
    /** For what may befall every request at the same time. */
    recurringLog: RecurringLog
  }
}

/** Native error bodies: see `ErrorBody` in the contract. */
export const errors = plugin<{ readonly recurringLog: RecurringLog }>(
  async (app, { recurringLog }) => {
    app.decorate('recurringLog', recurringLog)
    app.addHook('onClose', async () => recurringLog.close())
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) =>
      send(reply.code(404), { code: 'not_found', message: 'There is no such route.', request_id: request.id }),
    )
  },
  { name: 'errors', fastify: '5.x' },
)

/** As text, so that no route's answer schema for another status is applied to it. */
const send = (reply: FastifyReply, body: ErrorBody) =>
  reply.type('application/json; charset=utf-8').send(JSON.stringify(body))
