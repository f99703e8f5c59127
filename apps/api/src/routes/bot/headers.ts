import type { FastifyInstance } from 'fastify'
import Negotiator from 'negotiator'
import { ApiError } from '../../errors.js'

const HEADERS = {
  vary: 'Accept',
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
}

/** The headers of every answer of the mount, errors included. */
export function sendHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(HEADERS)
  })
  app.addHook('onSend', async (_request, reply) => {
    // Fastify adds a charset; JSON is UTF-8 without saying so (RFC 8259, section 11).
    if (`${reply.getHeader('content-type')}`.startsWith('application/json')) {
      reply.header('content-type', 'application/json')
    }
  })
}

/** 406 for whoever cannot take JSON, which is all there is. */
export function requireJsonAccepted(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (new Negotiator(request).mediaType(['application/json']) !== undefined) return
    throw new ApiError(406, 'bad_request', 'Could not satisfy the request Accept header.')
  })
}
