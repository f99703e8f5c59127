import type { Snowflake } from '@rollcall/contract'
import { type ObservedMember, patchMembers } from '../patch-members.js'
import type { Pool, PoolClient } from '../pool.js'
import { inTransaction } from '../transaction.js'
import { getUsers } from './get-user.js'

/** Every row in ascending order, so that overlapping requests wait for each other instead of deadlocking. */
const LOCK_USERS = `
select id from member where guild_id = $1 and id = any ($2::bigint[]) order by id for update`

/** All of it or nothing. */
export interface UsersPatch {
  /** Every user that is named, each once: these are locked, and answered in this order. */
  readonly ids: readonly Snowflake[]
  /** The users that change. */
  readonly items: readonly ObservedMember[]
  /** Every role that the items name, each once. */
  readonly liveRoles: readonly Snowflake[]
}

/**
 * Patches users, all or none.
 *
 * @returns the complete users as JSON, separated by commas, or the first id that names none
 */
export function patchUsers(
  pool: Pool,
  guildId: Snowflake,
  { ids, items, liveRoles }: UsersPatch,
): Promise<{ json: string } | { missing: Snowflake }> {
  return inTransaction(pool, async (client) => {
    const missing = await lockUsers(client, guildId, ids)
    if (missing !== undefined) return { missing }
    if (items.length > 0) await patchMembers(client, guildId, items, liveRoles)
    return { json: await getUsers(client, guildId, ids) }
  })
}

async function lockUsers(client: PoolClient, guildId: Snowflake, ids: readonly Snowflake[]) {
  const { rows } = await client.query<{ id: Snowflake }>(LOCK_USERS, [guildId, ids])
  const known = new Set(rows.map((it) => it.id))
  return ids.find((id) => !known.has(id))
}
