import type { GatewaySession } from '@rollcall/contract'

/** Locks the rows of `report (shard_id)` of bot `$1` and shard count `$2`, in order, each found by its key. */
export const LOCK_SHARDS = `locked as materialized (
  select stored.*
  from (select shard_id from report order by shard_id) as sorted
  cross join lateral (
    select * from gateway_shard where bot_id = $1 and shard_count = $2 and shard_id = sorted.shard_id for update
  ) as stored
)`

/** The columns `has_session`, `session_id`, `resume_gateway_url` and `sequence`: a session not given stays as it is. */
export function sessionColumns(
  shards: readonly { readonly session?: GatewaySession | null | undefined }[],
): [boolean[], (string | null)[], (string | null)[], (number | null)[]] {
  return [
    shards.map((it) => it.session !== undefined),
    shards.map((it) => it.session?.session_id ?? null),
    shards.map((it) => it.session?.resume_gateway_url ?? null),
    shards.map((it) => it.session?.sequence ?? null),
  ]
}
