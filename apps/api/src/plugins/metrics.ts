import type { Verdict } from '@rollcall/contract'
import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { toApiError } from './errors.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts what became of the items of a bulk write. */
    countItems: (counts: Readonly<Partial<Record<Verdict, number>>>) => void
  }
}

/** Seconds: a read takes a few milliseconds, a chunk some hundreds, and the time limit of a statement is half a minute. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** For a client that went away before its answer was out: nginx's number for it. */
const CLIENT_CLOSED_REQUEST = 499

/**
 * Counts and times every request by route, and every refusal by its reason. Labels are the patterns of routes and the codes
 * of the contract, of which there is a known number; what a caller writes is never one.
 */
export const metrics = plugin<{ readonly registry: Registry }>(
  async (app, { registry }) => {
    const { requests, duration, inFlight, refusals, items } = instruments(registry)

    app.addHook('onRequest', async (request, reply) => {
      const kind = kindOf(request)
      const labels = { method: request.method, route: request.routeOptions.url ?? 'none', kind }
      const end = duration.startTimer(labels)
      inFlight.inc({ kind })
      // Comes exactly once, also for a client that went away, for whom there is no `onResponse`.
      reply.raw.once('close', () => {
        inFlight.dec({ kind })
        end()
        requests.inc({ ...labels, status: reply.raw.writableEnded ? reply.statusCode : CLIENT_CLOSED_REQUEST })
      })
    })
    app.addHook('onError', async (request, _reply, error) => refusals.inc({ reason: toApiError(error, request).code }))
    // Refused by Node, before there is a request.
    app.server.on('clientError', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'ECONNRESET') return
      refusals.inc({ reason: code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'bad_request' })
    })
    app.server.on('drop', () => refusals.inc({ reason: 'too_many_connections' }))
    app.decorate('countItems', (counts) => {
      for (const [verdict, count] of Object.entries(counts)) items.inc({ verdict }, count)
    })
  },
  { name: 'metrics', fastify: '5.x' },
)

/** Bulk requests are slow by nature and are the first to be turned away, so promises are about the others. */
const kindOf = ({ routeOptions }: FastifyRequest) => (routeOptions.config.bulk ? 'bulk' : 'interactive')

function instruments(registry: Registry) {
  const registers = [registry]
  return {
    requests: new Counter({
      name: 'rollcall_http_requests_total',
      help: 'Requests that were answered, or given up by the client (499)',
      labelNames: ['method', 'route', 'kind', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'rollcall_http_request_duration_seconds',
      help: 'From the head of the request to the last byte of the answer',
      labelNames: ['method', 'route', 'kind'],
      buckets: BUCKETS,
      registers,
    }),
    inFlight: new Gauge({
      name: 'rollcall_http_requests_in_flight',
      help: 'Requests that are being answered',
      labelNames: ['kind'],
      registers,
    }),
    refusals: new Counter({
      name: 'rollcall_refusals_total',
      help: 'Requests and connections that were refused, by error code',
      labelNames: ['reason'],
      registers,
    }),
    items: new Counter({
      name: 'rollcall_bulk_items_total',
      help: 'Items of bulk writes, by verdict',
      labelNames: ['verdict'],
      registers,
    }),
  }
}
