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
        description: 'Every limit that this process enforces: items, bytes, requests in flight, rate.',
        response: { ...FAULTS, 200: PublishedLimits },
      },
    },
    async () => published,
  )
}

function publish({ bulkInFlight, bulkBodyBytes, requestsInFlight, rateRequests, rateWindowSeconds }: Config['limits']) {
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
    max_requests_in_flight: {
      max: requestsInFlight,
      sentence: `At most ${requestsInFlight} other requests are in flight in one process; the next is answered 503.`,
    },
    max_requests_per_window: {
      max: rateRequests,
      sentence: `A token makes at most ${rateRequests} requests in ${rateWindowSeconds} seconds; the next is answered 429.`,
    },
    window_seconds: rateWindowSeconds,
  }
}
