import type { Shard, Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { instant } from './instant.js'

// Without a number of shards: the one that was heard of last.
const LIST_SHARDS = `
select shard_id, shard_count, detail,
  case when expires_at > now() then state else 'free' end as state,
  case when expires_at > now() then holder end as holder,
  ${instant('expires_at')} as lease_ends_at, sequence::float8 as sequence,
  ${instant('last_event_at')} as last_event_at, lag_ms
from gateway_shard
where bot_id = $1 and shard_id > $3 and shard_count = coalesce($2, (
  select shard_count from gateway_shard where bot_id = $1 order by heartbeat_at desc nulls last limit 1))
order by shard_id limit $4`

/** Shards ascending, at most `limit` of them after `after`; of the number of shards in use, unless one is given. */
export async function listShards(
  pool: Pool,
  botId: Snowflake,
  { shardCount, after, limit }: { shardCount: number | undefined; after: number | undefined; limit: number },
): Promise<Shard[]> {
  const values = [botId, shardCount ?? null, after ?? -1, limit]
  return (await pool.query<Shard>(LIST_SHARDS, values)).rows
}
