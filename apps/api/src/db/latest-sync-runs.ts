import type { Snowflake, SyncRunCounts, SyncRunState } from '@rollcall/contract'
import type { Pool } from './pool.js'

// Both look-ups are the head of an index scan for each guild; a guild that was never reconciled has no row.
const LATEST_SYNC_RUNS = `
select last.*, coalesce(extract(epoch from success.finished_at), 0)::float8 as succeeded_at
from guild
cross join lateral (
  select guild_id, state, attempt, total, done, stale, failed, remaining, departed, members_read,
    extract(epoch from heartbeat_at)::float8 as heartbeat_at,
    extract(epoch from coalesce(finished_at, heartbeat_at) - started_at)::float8 as duration_seconds
  from sync_run where guild_id = guild.id order by id desc limit 1
) as last
left join lateral (
  select finished_at from sync_run where guild_id = guild.id and state = 'done' order by id desc limit 1
) as success on true
order by guild.id limit $1`

/** A guild's last run, and when one was last `done` (seconds since 1970; 0 for never). */
export interface LatestSyncRun
  extends Pick<SyncRunCounts, 'total' | 'done' | 'stale' | 'failed' | 'remaining' | 'departed' | 'members_read'> {
  readonly guild_id: Snowflake
  readonly state: SyncRunState
  readonly attempt: number
  readonly heartbeat_at: number
  readonly duration_seconds: number
  readonly succeeded_at: number
}

/** @param limit - guilds at most */
export async function latestSyncRuns(pool: Pool, limit: number): Promise<LatestSyncRun[]> {
  return (await pool.query<LatestSyncRun>(LATEST_SYNC_RUNS, [limit])).rows
}
