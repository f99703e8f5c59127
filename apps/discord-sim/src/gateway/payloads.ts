import { z } from 'zod'

/** @see https://discord.com/developers/docs/events/gateway#sending-events */
export const MAX_PAYLOAD_BYTES = 4_096

/** The envelope of everything that a client sends. */
export const Payload = z.object({ op: z.int(), d: z.unknown() })
export type Payload = z.output<typeof Payload>

export const Heartbeat = z.int().min(0).nullable()

/** @see https://discord.com/developers/docs/events/gateway-events#identify */
export const Identify = z.object({
  token: z.string(),
  properties: z.record(z.string(), z.unknown()),
  /** Out of range or unknown is not malformed: it has a close code of its own. */
  intents: z.number(),
  shard: z.tuple([z.number(), z.number()]).optional(),
  compress: z.boolean().optional(),
  large_threshold: z.int().min(50).max(250).optional(),
})
export type Identify = z.output<typeof Identify>

/** @see https://discord.com/developers/docs/events/gateway-events#resume */
export const Resume = z.object({ token: z.string(), session_id: z.string(), seq: z.int() })
export type Resume = z.output<typeof Resume>

/** Ids asked for by name in one request. @see https://discord.com/developers/docs/events/gateway-events#request-guild-members */
export const MAX_REQUESTED_IDS = 100

/** One guild a request; everybody with an empty `query` and `limit: 0`. */
export const RequestMembers = z
  .object({
    guild_id: z.union([z.string(), z.tuple([z.string()]).transform(([id]) => id)]),
    query: z.string().max(100).optional(),
    limit: z.int().min(0).optional(),
    presences: z.boolean().optional(),
    user_ids: z.union([z.string().transform((id) => [id]), z.array(z.string())]).optional(),
    nonce: z.string().optional(),
  })
  .refine((it) => (it.query === undefined) !== (it.user_ids === undefined), 'Either query or user_ids')
export type RequestMembers = z.output<typeof RequestMembers>
