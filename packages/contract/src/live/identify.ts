import * as z from 'zod'
import { ShardId } from './shard.js'

const count = z.int().min(0).max(1_000_000_000)

/** Discord's pause between two identifies of one key. @see https://discord.com/developers/docs/events/gateway#rate-limiting */
export const IDENTIFY_INTERVAL_MS = 5_000

/**
 * `POST /gateway/{bot_id}/identifies`: asks for one identify out of what all processes of the bot share.
 *
 * `session_start_limit` is Discord's own word from `GET /gateway/bot`, read less than a minute ago: what is left is the
 * smaller of that and of what the rows say. One identify is granted per `shard_id % max_concurrency` and interval.
 */
export const ReserveIdentifyRequest = z.strictObject({
  shard_id: ShardId,
  session_start_limit: z.strictObject({
    total: count,
    remaining: count,
    reset_after: count.meta({ description: 'Milliseconds' }),
    max_concurrency: z.int().min(1).max(65_536),
  }),
  interval_ms: z
    .int()
    .min(10)
    .max(60_000)
    .optional()
    .meta({ description: `${IDENTIFY_INTERVAL_MS} unless given` }),
})
export type ReserveIdentifyRequest = z.output<typeof ReserveIdentifyRequest>

/**
 * Granted: identify now. Not granted: wait `wait_ms`, then ask again; `key` is the pause after an earlier identify,
 * `budget` the end of the day's budget.
 */
export const ReserveIdentifyResponse = z.discriminatedUnion('granted', [
  z.object({ granted: z.literal(true), remaining: count }),
  z.object({ granted: z.literal(false), reason: z.enum(['key', 'budget']), wait_ms: count, remaining: count }),
])
export type ReserveIdentifyResponse = z.output<typeof ReserveIdentifyResponse>
