import { MAX_REPORTS_IN_FLIGHT } from '@rollcall/container-limits'
import { LIMITS, PublishedLimits } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Config } from '../config.js'
import { FAULTS } from './answers.js'

/** `GET /limits`: what is enforced here, for a client that wants to cut its chunks to it. Any valid token will do. */
export const limitRoutes: FastifyPluginAsyncZod<{ readonly limits: Config['limits'] }> = async (app, { limits }) => {
  const published = publish(limits)
  app.get(
    '/limits',
    {
      config: { scope: 'any' },
      schema: {
        tags: ['limits'],
        description:
          'Every limit that this process enforces: items, bytes, shape, connections, requests in flight, rate. Several processes may serve one address.',
        response: { ...FAULTS, 200: PublishedLimits },
      },
    },
    async () => published,
  )
}

function publish({ bulkInFlight, bulkBodyBytes, requestsInFlight, maxLoopDelayMs, ...rate }: Config['limits']) {
  const { rateRequests, rateWindowSeconds } = rate
  const isSmaller = bulkBodyBytes < LIMITS.max_bulk_body_bytes.max
  const body = isSmaller
    ? ` Here it is ${bulkBodyBytes.toLocaleString('en')} bytes, as much as this process has room for.`
    : ''
  return {
    ...LIMITS,
    max_bulk_body_bytes: { max: bulkBodyBytes, sentence: `${LIMITS.max_bulk_body_bytes.sentence}${body}` },
    max_bulk_in_flight: {
      max: bulkInFlight,
      sentence: `At most ${bulkInFlight} bulk requests are in flight in one process; the next is answered 503.`,
    },
    max_reports_in_flight: {
      max: MAX_REPORTS_IN_FLIGHT,
      sentence: `At most ${MAX_REPORTS_IN_FLIGHT} requests that mark guilds or report shards are in flight in one process; the next is answered 503.`,
    },
    max_requests_in_flight: {
      max: requestsInFlight,
      sentence: `At most ${requestsInFlight} other requests are in flight in one process; the next is answered 503.`,
    },
    max_loop_delay_ms: {
      max: maxLoopDelayMs,
      sentence: `A bulk request is answered 503 while the process is more than ${maxLoopDelayMs} milliseconds late with its work.`,
    },
    max_requests_per_window: {
      max: rateRequests,
      sentence: `A token makes at most ${rateRequests} requests in ${rateWindowSeconds} seconds to one process, and so as many times that as there are processes; the next is answered 429.`,
    },
    window_seconds: rateWindowSeconds,
  }
}
