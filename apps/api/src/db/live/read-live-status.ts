import type { DirtyReason, ShardState } from '@rollcall/contract'
import type { Pool } from '../pool.js'

/** More is not counted: it is far too many in any case. */
const MAX_COUNTED = 100_000

/** A notice that was taken and of which nothing was heard for so long was not sent by anybody. */
const LOST_AFTER = `interval '10 minutes'`

/** What a shard was late with longer ago says nothing of now. */
const LAG_WINDOW = `interval '5 minutes'`

// Of each bot the shards that were heard of last, and all others that somebody holds: two ways of sharding may run side by side.
const READ_LIVE_STATUS = `
with sharding as (
  select bot_id, shard_count, bool_or(expires_at > now()) as is_held,
    row_number() over (partition by bot_id order by max(heartbeat_at) desc nulls last) as place
  from gateway_shard group by bot_id, shard_count
), shard as materialized (
  select gateway_shard.*, case when expires_at > now() then state else 'free' end as current_state
  from gateway_shard join sharding using (bot_id, shard_count) where place = 1 or is_held
), late as (
  select max(lag_ms)::float8 as max, percentile_disc(0.99) within group (order by lag_ms)::float8 as p99
  from shard where expires_at > now() and last_event_at > now() - ${LAG_WINDOW}
), dirty as materialized (
  select dirty_since, dirty_reason from guild_sync where dirty_since is not null and presence = 'present'
  order by dirty_since limit ${MAX_COUNTED}
), budget as (
  select total, case when window_ends_at > now() then remaining else total end as remaining
  from gateway_identify_budget order by case when window_ends_at > now() then remaining::float8 / greatest(total, 1) else 1 end, bot_id limit 1
)
select
  (select coalesce(json_object_agg(current_state, shards), '{}')
   from (select current_state, count(*) as shards from shard group by current_state) as counted) as shards,
  (select extract(epoch from now() - min(heartbeat_at))::float8 from shard where instance is not null) as heartbeat_age,
  (select max from late) as lag_max_ms, (select p99 from late) as lag_p99_ms,
  (select coalesce(json_object_agg(dirty_reason, guilds), '{}')
   from (select dirty_reason, count(*) as guilds from dirty group by dirty_reason) as counted) as dirty,
  (select extract(epoch from now() - min(dirty_since))::float8 from dirty) as dirty_age,
  (select total from budget) as identifies_total, (select remaining from budget) as identifies_remaining,
  (select count(*)::integer from (
    select from notice where kind = 'guild_first_seen' and claim_id is null limit ${MAX_COUNTED}) as due) as notices_pending,
  (select count(*)::integer from notice_claim where state = 'claimed' and claimed_at < now() - ${LOST_AFTER}) as notices_lost,
  (select count(*)::integer from notice_claim where state = 'failed') as notices_failed`

/** How it goes with following guilds live. Ages in seconds; null where there is nothing to tell. */
export interface LiveStatus {
  readonly shards: Partial<Record<ShardState, number>>
  /** Of the shard that was not heard of for the longest, of those that nobody gave back. */
  readonly heartbeat_age: number | null
  readonly lag_max_ms: number | null
  readonly lag_p99_ms: number | null
  readonly dirty: Partial<Record<DirtyReason, number>>
  readonly dirty_age: number | null
  /** Of the bot that has the least left. */
  readonly identifies_total: number | null
  readonly identifies_remaining: number | null
  readonly notices_pending: number
  readonly notices_lost: number
  readonly notices_failed: number
}

export async function readLiveStatus(pool: Pool): Promise<LiveStatus> {
  const { rows } = await pool.query<LiveStatus>(READ_LIVE_STATUS)
  if (!rows[0]) throw new Error('The statement has no row')
  return rows[0]
}
