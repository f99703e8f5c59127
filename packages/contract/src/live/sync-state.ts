import * as z from 'zod'
import { MAX_SYNC_STATES_PER_REQUEST } from '../limits.js'
import { SnowflakeInput, toSnowflake } from '../snowflake.js'
import { Stamp } from '../stamp.js'
import { SyncRunState } from '../sync-run.js'
import { ShardState } from './shard.js'

/**
 * Why the mirror of a guild may lack something, so that a reconcile is due at once.
 *
 * - `new_session`: Discord began a new session instead of resuming; what happened in between was not told
 * - `overflow`: more events came than the queue holds; those of this guild were dropped
 * - `was_unavailable`: the guild came back from an outage at Discord
 * - `rejected`: the API could not apply an event, such as one that names an unknown role
 * - `rate_limited`: Discord refused to tell what was asked for
 */
export const DirtyReason = z.enum(['new_session', 'overflow', 'was_unavailable', 'rejected', 'rate_limited'])
export type DirtyReason = z.output<typeof DirtyReason>

/** `unavailable` is an outage at Discord, not a departure; `left`: the bot was removed from the guild. */
export const GuildPresence = z.enum(['present', 'unavailable', 'left'])
export type GuildPresence = z.output<typeof GuildPresence>

const SyncStateMark = z
  .strictObject({
    guild_id: SnowflakeInput,
    observed_at: Stamp,
    presence: GuildPresence.optional(),
    dirty: DirtyReason.optional(),
  })
  .transform((it) => ({ ...it, guild_id: toSnowflake(it.guild_id) }))
export type SyncStateMark = z.output<typeof SyncStateMark>

/**
 * `PATCH /guilds/sync-states`: marks 1 to 2,500 guilds, each once. An older presence never overwrites a newer one. A guild
 * that is dirty already keeps the earlier instant and reason; only a reconcile that started later and was `done` clears it.
 */
export const MarkSyncStatesRequest = z
  .strictObject({ marks: z.array(SyncStateMark).min(1).max(MAX_SYNC_STATES_PER_REQUEST) })
  .superRefine(({ marks }, context) => {
    const seen = new Set<bigint>()
    marks.forEach(({ guild_id }, index) => {
      if (seen.has(guild_id)) {
        const message = `Expected guild ${guild_id} only once`
        context.addIssue({ code: 'custom', path: ['marks', index, 'guild_id'], message })
      }
      seen.add(guild_id)
    })
  })
export type MarkSyncStatesRequest = z.output<typeof MarkSyncStatesRequest>

/** `GET /guilds/{guild_id}/sync-state`: how far behind the mirror of a guild is, and why. */
export const SyncState = z
  .object({
    guild_id: SnowflakeInput,
    live: z.boolean().meta({ description: 'The shard of the guild is connected and its process was heard of' }),
    presence: GuildPresence,
    shard: z.nullable(
      z.object({ shard_id: z.int(), shard_count: z.int(), state: ShardState, holder: z.nullable(z.string()) }),
    ),
    last_event_at: z.nullable(Stamp).meta({ description: 'When the last event that was applied was received' }),
    lag_ms: z.nullable(z.int()).meta({ description: 'Of that event: received to committed' }),
    dirty: z.nullable(z.object({ since: Stamp, reason: DirtyReason })),
    last_reconcile: z.nullable(
      z.object({ run_id: SnowflakeInput, state: SyncRunState, started_at: Stamp, finished_at: z.nullable(Stamp) }),
    ),
    next_reconcile_at: z.nullable(Stamp),
  })
  .meta({ id: 'SyncState' })
export type SyncState = z.output<typeof SyncState>
