import * as z from 'zod'
import { MAX_SHARDS_PER_PROCESS } from '../limits.js'
import { SnowflakeInput, toSnowflake } from '../snowflake.js'
import { Stamp } from '../stamp.js'
import { ShardCount, ShardId } from './shard.js'
import { DirtyReason } from './sync-state.js'

/**
 * `POST /sync-runs/claims`: which guilds of these shards are to be reconciled now: dirty ones first, the longest waiting
 * before the others, then those whose scheduled time has come. What is claimed is given to nobody else for a while, and its
 * next scheduled time is one interval away, spread by a tenth to both sides. Guilds that the bot was removed from, that are
 * unavailable, that rest after a run that was not done, or that have a run under way, are left out; and so is, for its first minute, a dirty guild
 * that is not known, whose snapshot may still come.
 */
export const ClaimReconcilesRequest = z.strictObject({
  shard_count: ShardCount,
  shard_ids: z.array(ShardId).max(MAX_SHARDS_PER_PROCESS),
  limit: z.int().min(1).max(100),
  interval_seconds: z
    .nullable(
      z
        .int()
        .min(10)
        .max(30 * 86_400),
    )
    .meta({ description: 'Null: dirty guilds only' }),
})
export type ClaimReconcilesRequest = z.output<typeof ClaimReconcilesRequest>

export const ClaimReconcilesResponse = z.object({
  guilds: z.array(
    z
      .object({ guild_id: SnowflakeInput, dirty: z.nullable(z.object({ since: Stamp, reason: DirtyReason })) })
      .transform((it) => ({ ...it, guild_id: toSnowflake(it.guild_id) })),
  ),
})
export type ClaimReconcilesResponse = z.output<typeof ClaimReconcilesResponse>
