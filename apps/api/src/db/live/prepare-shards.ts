import type { Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'

const IS_PREPARED = `
select exists (select from gateway_shard where bot_id = $1 and shard_count = $2 and shard_id = $2 - 1) as is_prepared`

// What nobody has held for an hour belongs to a way of sharding that is over.
const FORGET_OTHERS = `
delete from gateway_shard
where bot_id = $1 and shard_count <> $2 and coalesce(heartbeat_at, '-infinity') < now() - interval '1 hour'
  and not exists (
    select from gateway_shard as other
    where other.bot_id = $1 and other.shard_count = gateway_shard.shard_count
      and other.heartbeat_at >= now() - interval '1 hour')`

const INSERT_ALL = `
insert into gateway_shard (bot_id, shard_count, shard_id)
select $1, $2::integer, shard_id from generate_series(0, $2::integer - 1) as shard_id
on conflict do nothing`

/** Makes sure that all shards of a way of sharding have their rows, which come into being all at once. */
export async function prepareShards(pool: Pool, botId: Snowflake, shardCount: number): Promise<void> {
  const values = [botId, shardCount]
  const { rows } = await pool.query<{ is_prepared: boolean }>(IS_PREPARED, values)
  if (rows[0]?.is_prepared) return
  await pool.query(FORGET_OTHERS, values)
  await pool.query(INSERT_ALL, values)
}
