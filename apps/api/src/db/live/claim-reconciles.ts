import type { ClaimReconcilesRequest, ClaimReconcilesResponse, DirtyReason, Snowflake } from '@rollcall/contract'
import { arrayOf } from '../array-literal.js'
import type { Pool } from '../pool.js'
import { instant } from './instant.js'

/**
 * What was claimed is given to nobody else for so long, seconds: enough to begin its run, which then keeps it as long as it is
 * heard of; little enough that the guilds of a process that died wait no longer.
 */
export const CLAIM_SECONDS = 300

// A run that has not been heard of for as long has lost its process. A subquery, not a join: a join may read the whole ledger.
const IS_FREE = `
  (guild_id >> 22) % $1 = any ($2::bigint[]) and presence = 'present' and (claimed_until is null or claimed_until <= now())
  and not coalesce((
    select heartbeat_at > now() - interval '${CLAIM_SECONDS} seconds'
    from sync_run where sync_run.guild_id = guild_sync.guild_id and state = 'running'), false)`

/**
 * A guild that is not known is left to its own snapshot for so long, seconds: whoever introduces it first decides whether the
 * admins are told of it, and a reconcile does not.
 */
const INTRODUCTION_SECONDS = 60

const IS_KNOWN = `
  (dirty_since <= now() - interval '${INTRODUCTION_SECONDS} seconds'
    or exists (select from guild where guild.id = guild_sync.guild_id))`

/** What another claim is just taking is passed over. Both lists are read in the order of their index, no further than needed. */
const CLAIM_RECONCILES = `
with dirty as materialized (
  select guild_id from guild_sync where dirty_since is not null and ${IS_FREE} and ${IS_KNOWN}
  order by dirty_since limit $3 for update skip locked
), due as materialized (
  select guild_id from guild_sync where $4::float8 is not null and next_reconcile_at <= now() and dirty_since is null and ${IS_FREE}
  order by next_reconcile_at limit greatest(0, $3 - (select count(*) from dirty)) for update skip locked
), claimed as (
  update guild_sync set
    claimed_until = now() + interval '${CLAIM_SECONDS} seconds',
    next_reconcile_at = coalesce(now() + make_interval(secs => $4 * (0.9 + 0.2 * random())), next_reconcile_at)
  from (select guild_id from dirty union all select guild_id from due) as taken
  where guild_sync.guild_id = taken.guild_id
  returning guild_sync.guild_id, dirty_since, dirty_reason
)
select guild_id, ${instant('dirty_since')} as since, dirty_reason as reason
from claimed order by claimed.dirty_since nulls last, guild_id`

interface Row {
  readonly guild_id: Snowflake
  readonly since: string | null
  readonly reason: DirtyReason
}

/** Takes guilds that are due for a reconcile: dirty ones first, the longest waiting before the others. */
export async function claimReconciles(
  pool: Pool,
  { shard_count, shard_ids, limit, interval_seconds }: ClaimReconcilesRequest,
): Promise<ClaimReconcilesResponse> {
  if (shard_ids.length === 0) return { guilds: [] }
  const values = [shard_count, arrayOf(shard_ids), limit, interval_seconds]
  const { rows } = await pool.query<Row>(CLAIM_RECONCILES, values)
  return {
    guilds: rows.map(({ guild_id, since, reason }) => ({ guild_id, dirty: since === null ? null : { since, reason } })),
  }
}
