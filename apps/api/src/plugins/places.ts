import { MAX_REPORTS_IN_FLIGHT } from '@rollcall/container-limits'
import { MAX_REPORT_BODY_BYTES } from '@rollcall/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { RetryLaterError } from '../errors.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request that may carry a thousand members; only a few of them are let in at a time. */
    bulk?: boolean
    /** A request that may mark every guild of a shard, or report every shard of a process; a few are let in at a time. */
    report?: boolean
  }
  interface FastifyInstance {
    /** Takes a place until the answer is sent. @throws 503 when there is none for a request of this kind */
    takePlace: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
  }
}

export interface PlacesOptions {
  /** Bulk requests at the same time; fewer than database connections, so that a read never waits for a chunk. */
  readonly bulk: number
  /** Other requests at the same time. */
  readonly interactive: number
  /** The body of a bulk request. */
  readonly bulkBodyBytes: number
  /** No bulk request is let in while the event loop is later than this. */
  readonly maxLoopDelayMs: number
  readonly loopDelayMs: () => number
}

/** Seconds: a chunk takes far less. */
const RETRY_AFTER_SECONDS = 1

/** So many requests of one kind, and a count of those turned away. */
class Places {
  taken = 0
  refused = 0

  constructor(readonly max: number) {}

  take(reply: FastifyReply): boolean {
    if (this.taken >= this.max) return false
    this.taken++
    // Comes exactly once for an answer that was sent and for a client that went away.
    reply.raw.once('close', () => this.taken--)
    return true
  }
}

/**
 * Decides whether there is room for a request, of either mount, and turns it away before its body is read: memory is
 * bounded by what is let in, not by what is sent.
 *
 * Interactive requests go before bulk ones. These have few places of their own, which cannot use up the database's
 * connections, and they alone are put off while the process is behind with its work.
 */
export const places = plugin<PlacesOptions>(
  async (app, { bulk, interactive, bulkBodyBytes, maxLoopDelayMs, loopDelayMs }) => {
    const bulkPlaces = new Places(bulk)
    const reportPlaces = new Places(MAX_REPORTS_IN_FLIGHT)
    const otherPlaces = new Places(interactive)
    const bound = (it: Places) => ({
      kind: 'queue' as const,
      source: 'apps/api/src/plugins/places.ts',
      unit: 'requests',
      size: () => it.taken,
      max: () => it.max,
      evictions: () => it.refused,
    })
    app.bounds.add('bulk_requests', bound(bulkPlaces))
    app.bounds.add('report_requests', bound(reportPlaces))
    app.bounds.add('interactive_requests', bound(otherPlaces))

    app.addHook('onRoute', (route) => {
      if (route.config?.bulk) route.bodyLimit = bulkBodyBytes
      if (route.config?.report) route.bodyLimit = MAX_REPORT_BODY_BYTES
    })
    app.decorate('takePlace', async (request: FastifyRequest, reply: FastifyReply) => {
      const { bulk: isBulk = false, report: isReport = false } = request.routeOptions.config
      const kind = isBulk ? bulkPlaces : isReport ? reportPlaces : otherPlaces
      const isLate = isBulk && loopDelayMs() > maxLoopDelayMs
      if (!isLate && kind.take(reply)) return
      kind.refused++
      throw refusal(isBulk, isLate, kind.max)
    })
  },
  { name: 'places', fastify: '5.x', dependencies: ['bounds'] },
)

function refusal(isBulk: boolean, isLate: boolean, max: number): RetryLaterError {
  const wait = `Try again in ${RETRY_AFTER_SECONDS} second.`
  if (isLate) {
    const message = `The API is behind with its work and puts bulk requests off. ${wait}`
    return new RetryLaterError(503, 'overloaded', message, RETRY_AFTER_SECONDS)
  }
  const code = isBulk ? 'too_many_bulk_requests' : 'overloaded'
  return new RetryLaterError(
    503,
    code,
    `${max} ${isBulk ? 'bulk ' : ''}requests are in flight already. ${wait}`,
    RETRY_AFTER_SECONDS,
  )
}
