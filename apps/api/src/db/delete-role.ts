import type { Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'
import { retryingDeadlocks } from './transaction.js'

/** Rows locked and written in one transaction: enough to be quick, few enough that a waiting request hardly notices. */
const BATCH_ROWS = 5_000

// Waits for every bulk request that named the role, because those hold it `for share`; none can add it afterwards.
const BEGIN_DELETION = `
update role set deleting_since = coalesce(deleting_since, now()), observed_at = greatest(observed_at, now())
where guild_id = $1 and id = $2 and deleted_at is null`

// The stamp stays: a later observation of the member is as new as it was, and can no longer bring the role back.
// A replacement takes the place that the role had, unless the member has it already.
const STRIP_BATCH = `
with batch as materialized (
  select id from member
  where guild_id = $1 and id > $3 and roles @> array[$2::bigint]
  order by id limit $4
  for update
), stripped as (
  update member set roles = case when $5::bigint is null or roles @> array[$5::bigint] then array_remove(roles, $2::bigint)
    else array_replace(roles, $2::bigint, $5::bigint) end
  from batch where member.guild_id = $1 and member.id = batch.id
)
select max(id) as last, count(*)::int as count from batch`

const END_DELETION = `
update role set deleted_at = now() where guild_id = $1 and id = $2 and deleted_at is null`

/**
 * Deletes a role as one operation: marks it, takes it from every member in bounded transactions, then ends it. Whatever
 * interrupts it, the role stays listed as long as a member may have it, and asking again goes on.
 *
 * @param replacement - a role that every member with the deleted one has from then on
 * @returns how many members lost the role, or undefined when there is no such role
 */
export async function deleteRole(
  pool: Pool,
  guildId: Snowflake,
  id: Snowflake,
  { replacement }: { readonly replacement?: Snowflake } = {},
): Promise<number | undefined> {
  const { rowCount } = await pool.query(BEGIN_DELETION, [guildId, id])
  if (rowCount === 0) return undefined
  let membersChanged = 0
  let after: Snowflake | null = -1n
  while (after !== null) {
    const values: unknown[] = [guildId, id, after, BATCH_ROWS, replacement ?? null]
    const { rows } = await retryingDeadlocks(() =>
      pool.query<{ last: Snowflake | null; count: number }>(STRIP_BATCH, values),
    )
    membersChanged += rows[0]?.count ?? 0
    after = rows[0]?.count === BATCH_ROWS ? rows[0].last : null
  }
  await pool.query(END_DELETION, [guildId, id])
  return membersChanged
}
