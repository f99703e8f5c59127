import type { ShardHeartbeatRequest, ShardHeartbeatResponse, Snowflake } from '@rollcall/contract'
import type { z } from 'zod'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'
import { instant } from './instant.js'
import { LOCK_SHARDS, sessionColumns } from './shard-rows.js'

/**
 * One statement: a lease is extended, and its resume point stored, only where instance and epoch are those of the row once it
 * is locked. A lease that ran out and was given to nobody goes on. A report that comes late takes no resume point back.
 */
const REPORT_SHARDS = `
with report as (
  select *
  from unnest($4::integer[], $5::integer[], $6::text[], $7::text[], $8::boolean[], $9::text[], $10::text[], $11::bigint[],
    $12::timestamptz[], $13::integer[])
    as report (shard_id, epoch, state, detail, has_session, session_id, resume_gateway_url, sequence, last_event_at, lag_ms)
), ${LOCK_SHARDS}, kept as (
  update gateway_shard set
    expires_at = now() + make_interval(secs => $14), heartbeat_at = now(),
    state = report.state, detail = report.detail,
    session_id = case when has_session then report.session_id else locked.session_id end,
    resume_gateway_url = case when has_session then report.resume_gateway_url else locked.resume_gateway_url end,
    sequence = case
      when not has_session then locked.sequence
      when report.session_id = locked.session_id then greatest(report.sequence, locked.sequence)
      else report.sequence end,
    last_event_at = greatest(report.last_event_at, locked.last_event_at),
    lag_ms = coalesce(report.lag_ms, locked.lag_ms)
  from report join locked on locked.shard_id = report.shard_id and locked.epoch = report.epoch and locked.instance = $3
  where gateway_shard.bot_id = $1 and gateway_shard.shard_count = $2 and gateway_shard.shard_id = report.shard_id
  returning gateway_shard.shard_id, coalesce(gateway_shard.wanted_until > now(), false) as is_wanted
)
select ${instant('clock_timestamp()')} as now,
  array(select shard_id from report where shard_id not in (select shard_id from kept) order by shard_id) as lost,
  array(select shard_id from kept where is_wanted order by shard_id) as wanted`

/** Extends the leases of the shards that the instance still holds, and says which it does not. */
export async function reportShards(
  pool: Pool,
  botId: Snowflake,
  { instance, shard_count, ttl_seconds, shards }: ShardHeartbeatRequest,
): Promise<z.output<typeof ShardHeartbeatResponse>> {
  const values = [
    botId,
    shard_count,
    instance,
    shards.map((it) => it.shard_id),
    shards.map((it) => it.epoch),
    shards.map((it) => it.state),
    shards.map((it) => it.detail ?? null),
    ...sessionColumns(shards),
    shards.map((it) => it.last_event_at ?? null),
    shards.map((it) => it.lag_ms ?? null),
    ttl_seconds,
  ]
  const { rows } = await retryingDeadlocks(() =>
    pool.query<z.output<typeof ShardHeartbeatResponse>>(REPORT_SHARDS, values),
  )
  if (!rows[0]) throw new Error('The statement has no row')
  return rows[0]
}
