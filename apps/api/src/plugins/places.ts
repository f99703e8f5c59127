import { Readable } from 'node:stream'
import { MAX_REPORTS_IN_FLIGHT } from '@rollcall/container-limits'
import { MAX_REPORT_BODY_BYTES } from '@rollcall/contract'
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import plugin from 'fastify-plugin'
import { RetryLaterError } from '../errors.js'
import { Place, untilClosed } from './place.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A request that may carry a thousand members; only a few of them are let in at a time. */
    bulk?: boolean
    /** A request that may mark every guild of a shard, or report every shard of a process; a few are let in at a time. */
    report?: boolean
  }
  interface FastifyRequest {
    /** What it has been let in with. */
    place?: Place
  }
  interface FastifyInstance {
    /**
     * Takes a place until the answer is out or its client gone, and the work for it is over.
     *
     * @throws 503 when there is none for a request of this kind
     */
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

  take(): Place | undefined {
    if (this.taken >= this.max) return undefined
    this.taken++
    return new Place(() => this.taken--)
  }
}

/**
 * Decides whether there is room for a request, of either mount, and turns it away before its body is read: memory is
 * bounded by what is let in, not by what is sent.
 *
 * Interactive requests go before bulk ones. These have few places of their own, which cannot use up the database's
 * connections, and they alone are put off while the process is behind with its work.
 *
 * A client that hangs up does not end the statement that works for it. So a place is held by the answer, by the handler and
 * by what streams the answer, and is free when all three are over: hanging up gets nobody more room than there is.
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
      route.handler = holdingPlace(route.handler)
    })
    app.addHook('onSend', async ({ place }, _reply, payload) => {
      if (payload instanceof Readable && place && !place.isGivenBack) void place.during(() => untilClosed(payload))
    })
    app.decorateRequest('place')
    app.decorate('takePlace', async (request: FastifyRequest, reply: FastifyReply) => {
      // Nobody hears the answer, and its `close` has been already.
      if (reply.raw.destroyed) return void reply.hijack()
      const { bulk: isBulk = false, report: isReport = false } = request.routeOptions.config
      const kind = isBulk ? bulkPlaces : isReport ? reportPlaces : otherPlaces
      const isLate = isBulk && loopDelayMs() > maxLoopDelayMs
      const place = isLate ? undefined : kind.take()
      if (!place) {
        kind.refused++
        throw refusal(isBulk, isLate, kind.max)
      }
      request.place = place
      void place.during(() => untilClosed(reply.raw))
    })
  },
  { name: 'places', fastify: '5.x', dependencies: ['bounds'] },
)

/** Work is not begun for a client that has left: its place is another's by now. */
function holdingPlace(handler: RouteHandlerMethod): RouteHandlerMethod {
  return function (request, reply) {
    const { place } = request
    if (place?.isGivenBack) return reply.hijack()
    return place ? place.during(() => handler.call(this, request, reply)) : handler.call(this, request, reply)
  }
}

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
