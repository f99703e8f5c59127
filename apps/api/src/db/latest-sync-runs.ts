import { type Snowflake, type SyncRunCounts, SyncRunState } from '@rollcall/contract'
import type { Pool } from './pool.js'

/** More is not looked at. A hundred thousand take two seconds. */
const MAX_GUILDS = 300_000

/** Of so many changes a person is told: the alert SyncDiffUnusuallyLarge sees only guilds that are told each for itself. */
const UNUSUALLY_MANY_CHANGES = 10_000

/** Those that need a person, before those that are old; the longest first. */
const URGENCY = `
  case when state = 'held' then 0 when state = 'failed' then 1 when total > ${UNUSUALLY_MANY_CHANGES} then 2 else 3 end,
  case state when 'failed' then -attempt end,
  coalesce(succeeded_at, never_done_since) nulls last,
  guild_id`

// Each look-up is the head of an index scan. A guild that the bot has left is not reconciled, and nobody has to see to it.
const LATEST_SYNC_RUNS = `
with latest as materialized (
  select guild.id as guild_id, last.*, success.finished_at as succeeded_at,
    case when success.finished_at is null then least(first.started_at, notice.created_at) end as never_done_since,
    coalesce(guild_sync.presence = 'left', false) as has_left
  from (select id from guild order by id limit ${MAX_GUILDS}) as guild
  left join guild_sync on guild_sync.guild_id = guild.id
  left join notice on notice.kind = 'guild_first_seen' and notice.guild_id = guild.id
  left join lateral (
    select state, attempt, total, done, stale, failed, remaining, departed, members_read, started_at, heartbeat_at, finished_at
    from sync_run where guild_id = guild.id order by id desc limit 1
  ) as last on true
  left join lateral (
    select finished_at from sync_run where guild_id = guild.id and state = 'done' order by id desc limit 1
  ) as success on last.state is not null
  left join lateral (
    select started_at from sync_run where guild_id = guild.id order by id limit 1
  ) as first on success.finished_at is null and last.state is not null
), urgent as (
  select guild_id::text, state, attempt, total, done, stale, failed, remaining, departed, members_read,
    extract(epoch from heartbeat_at)::float8 as heartbeat_at,
    extract(epoch from coalesce(finished_at, heartbeat_at) - started_at)::float8 as duration_seconds,
    extract(epoch from succeeded_at)::float8 as succeeded_at,
    extract(epoch from never_done_since)::float8 as never_done_since
  from latest where not has_left and (state is not null or never_done_since is not null) order by ${URGENCY} limit $1
)
select
  (select coalesce(json_agg(urgent), '[]') from urgent) as urgent,
  (select coalesce(json_object_agg(state, guilds), '{}') from (
    select case when has_left then 'left' else coalesce(state, 'none') end as state, count(*) as guilds from latest group by 1
  ) as counted) as guilds,
  (select extract(epoch from min(succeeded_at))::float8 from latest where not has_left) as oldest_success,
  (select extract(epoch from min(never_done_since))::float8 from latest where not has_left) as oldest_never_done,
  (select extract(epoch from min(heartbeat_at))::float8 from latest where not has_left and state = 'running') as oldest_heartbeat`

/** A guild's last run. */
export interface LatestSyncRun
  extends Pick<SyncRunCounts, 'total' | 'done' | 'stale' | 'failed' | 'remaining' | 'departed' | 'members_read'> {
  readonly state: SyncRunState
  readonly attempt: number
  readonly heartbeat_at: number
  readonly duration_seconds: number
}

/** When a run of the guild was last `done`, or since when none was; seconds since 1970. */
interface Freshness {
  readonly guild_id: `${Snowflake}`
  readonly succeeded_at: number | null
  /** Its first run, or the first sight of it, if none was ever done. */
  readonly never_done_since: number | null
}

/** A guild that is to be told, and its last run, if it ever had one. */
export type LatestOfGuild = Freshness & (LatestSyncRun | { readonly state: null })

/** The state of a guild's last run; `none` was ever started, or the bot has `left`. */
export const GUILD_SYNC_STATES = [...SyncRunState.options, 'none', 'left'] as const
export type GuildSyncState = (typeof GUILD_SYNC_STATES)[number]

/** Of all guilds, and of the most urgent each for itself. A guild that the bot has left is only counted. */
export interface LatestSyncRuns {
  /** Those that need a person first: held, failed, unusually large, and then whose last `done` is longest ago. */
  readonly urgent: readonly LatestOfGuild[]
  readonly guilds: Partial<Record<GuildSyncState, number>>
  /** Null where there is none. */
  readonly oldest_success: number | null
  readonly oldest_never_done: number | null
  /** Of the runs that are under way. */
  readonly oldest_heartbeat: number | null
}

/** @param limit - guilds that are told each for itself */
export async function latestSyncRuns(pool: Pool, limit: number): Promise<LatestSyncRuns> {
  const { rows } = await pool.query<LatestSyncRuns>(LATEST_SYNC_RUNS, [limit])
  if (!rows[0]) throw new Error('The statement has no row')
  return rows[0]
}
