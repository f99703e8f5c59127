import type { Snowflake, SyncState } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { instant } from './instant.js'

/** Nested as it is answered, in text that Postgres writes, but for ids, which JSON would round. */
const GET_SYNC_STATE = `
with shard as (
  select shard_id, shard_count, holder, state, expires_at > now() as is_held
  from gateway_shard
  where shard_id = ($1::bigint >> 22) % shard_count
  order by coalesce(expires_at > now() and state = 'ready', false) desc, heartbeat_at desc nulls last limit 1
), run as (
  select id, state, started_at, finished_at from sync_run where guild_id = $1 order by id desc limit 1
)
select
  coalesce((select is_held and state = 'ready' from shard), false) as live,
  coalesce(sync.presence, 'present') as presence,
  (select json_build_object('shard_id', shard_id, 'shard_count', shard_count,
    'state', case when is_held then state else 'free' end, 'holder', case when is_held then holder end) from shard) as shard,
  ${instant('last_event_at')} as last_event_at, lag_ms,
  case when dirty_since is not null then json_build_object('since', ${instant('dirty_since')}, 'reason', dirty_reason) end as dirty,
  (select json_build_object('run_id', id::text, 'state', state, 'started_at', ${instant('started_at')},
    'finished_at', ${instant('finished_at')}) from run) as last_reconcile,
  case when sync.guild_id is not null then ${instant('next_reconcile_at')} end as next_reconcile_at
from (select $1::bigint as id) as asked
left join guild on guild.id = asked.id
left join guild_sync as sync on sync.guild_id = asked.id
where guild.id is not null or sync.guild_id is not null`

/** How far behind the mirror of a guild is; undefined for one that was never heard of. */
export async function getSyncState(pool: Pool, guildId: Snowflake): Promise<SyncState | undefined> {
  const { rows } = await pool.query<Omit<SyncState, 'guild_id'>>(GET_SYNC_STATE, [guildId])
  return rows[0] && { guild_id: guildId, ...rows[0] }
}
