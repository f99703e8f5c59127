import * as z from 'zod'
import { MAX_SHARDS_PER_PROCESS } from '../limits.js'
import { Stamp } from '../stamp.js'
import { text } from '../text.js'

/** Above what Discord gives out to anybody. */
const MAX_SHARD_COUNT = 65_536

export const ShardId = z
  .int()
  .min(0)
  .max(MAX_SHARD_COUNT - 1)
export const ShardCount = z.int().min(1).max(MAX_SHARD_COUNT)

/**
 * - `free`: nobody holds it, or its holder was not heard of in time
 * - `waiting`: held, waits for its turn or for the budget to identify
 * - `connecting`: held, on its way to a session
 * - `ready`: held, events flow
 * - `stopped`: held, Discord refuses it for good; `detail` says why
 */
export const ShardState = z.enum(['free', 'waiting', 'connecting', 'ready', 'stopped'])
export type ShardState = z.output<typeof ShardState>

/**
 * From where a shard resumes: the last event whose effects are committed, never one that was merely received.
 *
 * @see https://discord.com/developers/docs/events/gateway#resuming
 */
export const GatewaySession = z.strictObject({
  session_id: text(1, 200),
  resume_gateway_url: text(1, 300),
  sequence: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
})
export type GatewaySession = z.output<typeof GatewaySession>

const holder = text(1, 100).meta({ description: 'A stable name, such as that of the pod' })
const instance = z.uuid().meta({ description: 'New for each process: tells a restarted holder from the one before' })
const ttl_seconds = z.int().min(1).max(300)
const epoch = z.int().min(1).max(2_147_483_647)

/**
 * `POST /gateway/{bot_id}/shards/claims`. Gives the instance free shards, those whose lease has run out, and those that an
 * earlier instance of the same holder held, until it holds `max`; first the `preferred` ones, then the others, ascending.
 * A preferred shard that another holder has is asked back from it: its next heartbeat says so.
 */
export const ClaimShardsRequest = z.strictObject({
  holder,
  instance,
  shard_count: ShardCount,
  max: z.int().min(0).max(MAX_SHARDS_PER_PROCESS),
  preferred: z.array(ShardId).max(MAX_SHARDS_PER_PROCESS),
  ttl_seconds,
})
export type ClaimShardsRequest = z.output<typeof ClaimShardsRequest>

export const ShardLease = z.object({
  shard_id: ShardId,
  epoch: epoch.meta({ description: 'One more for each new holder: what an earlier one still reports is refused' }),
  session: z.nullable(GatewaySession),
})
export type ShardLease = z.output<typeof ShardLease>

/** All shards that the instance holds now. `now` is the clock that all processes share: the database's. */
export const ClaimShardsResponse = z.object({ now: Stamp, shards: z.array(ShardLease) })
export type ClaimShardsResponse = z.output<typeof ClaimShardsResponse>

const ShardReport = z.strictObject({
  shard_id: ShardId,
  epoch,
  state: ShardState.exclude(['free']),
  detail: z.nullable(text(1, 500)).optional(),
  session: z.nullable(GatewaySession).optional().meta({ description: 'Not given: as before. Null: it is gone.' }),
  last_event_at: Stamp.optional(),
  lag_ms: z.int().min(0).max(2_147_483_647).optional(),
})
export type ShardReport = z.output<typeof ShardReport>

/** `POST /gateway/{bot_id}/shards/heartbeats`: extends the leases and stores the resume points, in one statement. */
export const ShardHeartbeatRequest = z.strictObject({
  instance,
  shard_count: ShardCount,
  ttl_seconds,
  shards: z.array(ShardReport).max(MAX_SHARDS_PER_PROCESS),
})
export type ShardHeartbeatRequest = z.output<typeof ShardHeartbeatRequest>

/** `lost`: held by somebody else now, disconnect at once. `wanted`: their preferred holder is back, release them. */
export const ShardHeartbeatResponse = z.object({
  now: Stamp,
  lost: z.array(ShardId),
  wanted: z.array(ShardId),
})
export type ShardHeartbeatResponse = z.output<typeof ShardHeartbeatResponse>

/** `POST /gateway/{bot_id}/shards/releases`: gives shards back, with their resume points. */
export const ReleaseShardsRequest = z.strictObject({
  instance,
  shard_count: ShardCount,
  shards: z
    .array(z.strictObject({ shard_id: ShardId, epoch, session: z.nullable(GatewaySession).optional() }))
    .min(1)
    .max(MAX_SHARDS_PER_PROCESS),
})
export type ReleaseShardsRequest = z.output<typeof ReleaseShardsRequest>

export const ReleaseShardsResponse = z.object({ released: z.array(ShardId) })

/** A shard as `GET /gateway/{bot_id}/shards` tells it. It has no session id: whoever has that can read the guilds. */
export const Shard = z
  .object({
    shard_id: ShardId,
    shard_count: ShardCount,
    state: ShardState,
    detail: z.nullable(z.string()),
    holder: z.nullable(z.string()),
    lease_ends_at: z.nullable(Stamp),
    sequence: z.nullable(z.int()),
    last_event_at: z.nullable(Stamp),
    lag_ms: z.nullable(z.int()),
  })
  .meta({ id: 'Shard' })
export type Shard = z.output<typeof Shard>

/** At most 1,000, ascending by `shard_id`; `next_after` is the `after` of the next page. */
export const ShardPage = z.object({ shards: z.array(Shard), next_after: z.nullable(ShardId) })
