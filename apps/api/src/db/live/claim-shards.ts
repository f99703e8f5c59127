import type { ClaimShardsRequest, ClaimShardsResponse, GatewaySession, Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'
import { instant } from './instant.js'
import { prepareShards } from './prepare-shards.js'

/**
 * One statement. What another claim is just taking is passed over (`skip locked`), so no two get one shard and none waits
 * for another; whoever comes too late sees the row as it is by then, and leaves it.
 *
 * - `held` are the instance's own, whose lease goes on with the same epoch even if it had run out meanwhile.
 * - `free` are given to it: nobody's, those whose time is up, and those of an earlier instance of the holder; but not what
 *   another holder has asked back, for as long as it has asked.
 * - `wanted` are asked back, no more than there is room for. A shard that its holder prefers, too, stays where it is:
 *   two that both prefer it would take it from each other for ever.
 */
const CLAIM_SHARDS = `
with held as materialized (
  select * from gateway_shard where bot_id = $1 and shard_count = $2 and instance = $4
  order by shard_id for update
), free as materialized (
  select * from gateway_shard
  where bot_id = $1 and shard_count = $2 and instance is distinct from $4
    and (expires_at is null or expires_at <= now() or holder = $3)
    and (wanted_by is null or wanted_by = $3 or wanted_until <= now())
  order by shard_id = any ($6::integer[]) desc, shard_id
  limit greatest(0, $5::integer - (select count(*) from held))
  for update skip locked
), wanted as materialized (
  select * from gateway_shard
  where bot_id = $1 and shard_count = $2 and shard_id = any ($6::integer[])
    and expires_at > now() and holder <> $3 and not is_preferred
    and (wanted_by is null or wanted_by = $3 or wanted_until <= now())
  order by shard_id
  limit greatest(0, $5::integer - (select count(*) from held) - (select count(*) from free))
  for update skip locked
), kept as (
  update gateway_shard set
    expires_at = greatest(gateway_shard.expires_at, now() + make_interval(secs => $7)),
    is_preferred = gateway_shard.shard_id = any ($6::integer[])
  from held
  where gateway_shard.bot_id = $1 and gateway_shard.shard_count = $2 and gateway_shard.shard_id = held.shard_id
  returning gateway_shard.*
), taken as (
  update gateway_shard set
    holder = $3, instance = $4, epoch = free.epoch + 1, is_preferred = free.shard_id = any ($6::integer[]),
    expires_at = now() + make_interval(secs => $7), heartbeat_at = now(),
    state = 'waiting', detail = null, wanted_by = null, wanted_until = null
  from free
  where gateway_shard.bot_id = $1 and gateway_shard.shard_count = $2 and gateway_shard.shard_id = free.shard_id
  returning gateway_shard.*
), asked as (
  update gateway_shard set wanted_by = $3, wanted_until = now() + make_interval(secs => $7)
  from wanted
  where gateway_shard.bot_id = $1 and gateway_shard.shard_count = $2 and gateway_shard.shard_id = wanted.shard_id
)
select ${instant('clock_timestamp()')} as now, shard_id, epoch, session_id, resume_gateway_url, sequence::float8 as sequence
from (select * from kept union all select * from taken) as mine right join (select) as once on true
order by shard_id`

type Row = { now: string; shard_id: number | null; epoch: number } & (
  | GatewaySession
  | { [K in keyof GatewaySession]: null }
)

/**
 * Leases shards to an instance, until it holds `max`.
 *
 * @returns all that it holds then, ascending, each with the point to resume from
 */
export async function claimShards(
  pool: Pool,
  botId: Snowflake,
  { shard_count, holder, instance, max, preferred, ttl_seconds }: ClaimShardsRequest,
): Promise<ClaimShardsResponse> {
  await prepareShards(pool, botId, shard_count)
  const values = [botId, shard_count, holder, instance, max, preferred, ttl_seconds]
  const { rows } = await retryingDeadlocks(() => pool.query<Row>(CLAIM_SHARDS, values))
  return {
    now: rows[0]?.now ?? '',
    shards: rows.flatMap(({ shard_id, epoch, session_id, resume_gateway_url, sequence }) =>
      shard_id === null
        ? []
        : { shard_id, epoch, session: session_id === null ? null : { session_id, resume_gateway_url, sequence } },
    ),
  }
}
