import type { MarkSyncStatesRequest, Snowflake } from '@rollcall/contract'
import { arrayOf, textArrayOf } from '../array-literal.js'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'

/**
 * The first mark stays to tell since when and why; the last one, because only a reconcile that started after all of them has
 * seen everything. A mark from a clock that is ahead is no later than its arrival, or the guild would be dirty until then.
 */
const MARK_SYNC_STATES = `
insert into guild_sync as stored
  (guild_id, presence, presence_observed_at, dirty_since, dirty_marked_at, dirty_reason)
select guild_id, coalesce(presence, 'present'), case when presence is not null then observed_at end,
  case when dirty is not null then least(observed_at, now()) end,
  case when dirty is not null then least(observed_at, now()) end, dirty
from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[]) as mark (guild_id, observed_at, presence, dirty)
order by guild_id
on conflict (guild_id) do update set
  presence = case
    when excluded.presence_observed_at > coalesce(stored.presence_observed_at, '-infinity') then excluded.presence
    else stored.presence end,
  presence_observed_at = greatest(stored.presence_observed_at, excluded.presence_observed_at),
  dirty_since = least(stored.dirty_since, excluded.dirty_since),
  dirty_marked_at = greatest(stored.dirty_marked_at, excluded.dirty_marked_at),
  dirty_reason = case
    when stored.dirty_since <= excluded.dirty_since then stored.dirty_reason
    else coalesce(excluded.dirty_reason, stored.dirty_reason) end`

/** Stores what became of guilds, and that their mirrors may lack something. */
export async function markSyncStates(pool: Pool, { marks }: MarkSyncStatesRequest): Promise<void> {
  const values = [
    arrayOf(marks.map((it): Snowflake => it.guild_id)),
    textArrayOf(marks.map((it) => it.observed_at)),
    textArrayOf(marks.map((it) => it.presence ?? null)),
    textArrayOf(marks.map((it) => it.dirty ?? null)),
  ]
  await retryingDeadlocks(() => pool.query(MARK_SYNC_STATES, values))
}
