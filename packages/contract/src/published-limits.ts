import * as z from 'zod'
import { LIMITS, type LimitName } from './limits.js'

const PublishedLimit = z
  .object({ max: z.int(), sentence: z.string().meta({ description: 'What it means, for a person' }) })
  .meta({ id: 'PublishedLimit' })

const names = Object.keys(LIMITS) as LimitName[]

/** `GET /limits`: what this process enforces, the limits of the contract and those of its configuration. */
export const PublishedLimits = z.object({
  ...(Object.fromEntries(names.map((name) => [name, PublishedLimit])) as Record<LimitName, typeof PublishedLimit>),
  max_bulk_in_flight: PublishedLimit,
  max_reports_in_flight: PublishedLimit,
  max_requests_in_flight: PublishedLimit,
  max_loop_delay_ms: PublishedLimit,
  max_requests_per_window: PublishedLimit,
  window_seconds: z.int().meta({ description: 'The window of `max_requests_per_window`' }),
})
export type PublishedLimits = z.output<typeof PublishedLimits>

/** What a client has to know of them to cut chunks. Nothing else is asked for: an older API publishes fewer limits. */
export const PublishedChunkLimits = PublishedLimits.pick({ max_members_per_request: true, max_bulk_body_bytes: true })
