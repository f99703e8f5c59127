import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from '../../errors.js'
import { parseJson } from '../../plugins/json.js'

/** What a request brought, not looked at yet. */
class RawBody {
  constructor(readonly bytes: Buffer) {}
}

/**
 * Keeps the bytes of every body for {@link readBody}: in this contract a forbidden verb or an unknown id is told before
 * the body is looked at.
 */
export function keepBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: FastifyRequest, bytes: Buffer) => {
    return new RawBody(bytes)
  })
}

/**
 * The JSON that was sent; `{}` for no body at all.
 *
 * @throws 415 for another media type, 400 for malformed JSON
 */
export function readBody({ body, headers }: FastifyRequest): unknown {
  if (!(body instanceof RawBody) || body.bytes.length === 0) return {}
  if (!/^\s*application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    throw new ApiError(415, 'unsupported_media_type', unsupportedMediaType(headers))
  }
  return parseJson(body.bytes)
}

export const unsupportedMediaType = (headers: FastifyRequest['headers']) =>
  `Unsupported media type "${(headers['content-type'] ?? '').slice(0, 100)}" in request.`
