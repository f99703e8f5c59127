import type { ReleaseShardsRequest, Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'
import { LOCK_SHARDS, sessionColumns } from './shard-rows.js'

// Who has asked for a shard keeps its place: the row still says so, for as long as it was asked.
const RELEASE_SHARDS = `
with report as (
  select *
  from unnest($4::integer[], $5::integer[], $6::boolean[], $7::text[], $8::text[], $9::bigint[])
    as report (shard_id, epoch, has_session, session_id, resume_gateway_url, sequence)
), ${LOCK_SHARDS}, released as (
  update gateway_shard set
    holder = null, instance = null, expires_at = null, is_preferred = false, state = 'free', detail = null,
    session_id = case when has_session then report.session_id else locked.session_id end,
    resume_gateway_url = case when has_session then report.resume_gateway_url else locked.resume_gateway_url end,
    sequence = case
      when not has_session then locked.sequence
      when report.session_id = locked.session_id then greatest(report.sequence, locked.sequence)
      else report.sequence end
  from report join locked on locked.shard_id = report.shard_id and locked.epoch = report.epoch and locked.instance = $3
  where gateway_shard.bot_id = $1 and gateway_shard.shard_count = $2 and gateway_shard.shard_id = report.shard_id
  returning gateway_shard.shard_id
)
select shard_id from released order by shard_id`

/** Gives shards back with their resume points. @returns those that the instance did hold */
export async function releaseShards(
  pool: Pool,
  botId: Snowflake,
  { instance, shard_count, shards }: ReleaseShardsRequest,
): Promise<number[]> {
  const ids = shards.map((it) => it.shard_id)
  const epochs = shards.map((it) => it.epoch)
  const values = [botId, shard_count, instance, ids, epochs, ...sessionColumns(shards)]
  const { rows } = await retryingDeadlocks(() => pool.query<{ shard_id: number }>(RELEASE_SHARDS, values))
  return rows.map((it) => it.shard_id)
}
