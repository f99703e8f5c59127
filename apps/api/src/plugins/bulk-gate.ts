import type { FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { RetryLaterError } from '../errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request that may carry a thousand members; only a few of them are let in at a time. */
    bulk?: boolean
  }
  interface FastifyInstance {
    /** Takes one of the few places for a bulk request until the answer is sent. @throws 503 when all are taken */
    enterBulkGate: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  }
}

/** Seconds: a chunk takes far less. */
const RETRY_AFTER_SECONDS = 1

/**
 * Lets at most `inFlight` bulk requests of both mounts in and turns the next away before its body is read, so that memory is bounded by
 * what is let in, not by what is sent.
 */
export const bulkGate = plugin<{ readonly inFlight: number }>(
  async (app, { inFlight }) => {
    let inside = 0
    app.decorate('enterBulkGate', async (request: FastifyRequest, reply: FastifyReply) => {
      if (!request.routeOptions.config.bulk) return
      if (inside >= inFlight) {
        const message = `${inFlight} bulk requests are in flight already. Try again in ${RETRY_AFTER_SECONDS} second.`
        throw new RetryLaterError(503, 'too_many_bulk_requests', message, RETRY_AFTER_SECONDS)
      }
      inside++
      // `close` comes exactly once for an answer that was sent and for a client that went away.
      reply.raw.once('close', () => inside--)
    })
  },
  { name: 'bulk-gate', fastify: '5.x' },
)
