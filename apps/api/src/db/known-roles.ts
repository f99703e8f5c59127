import type { Snowflake } from '@rollcall/contract'
import { arrayOf } from './array-literal.js'
import type { Pool, PoolClient } from './pool.js'

const KNOWN_ROLES = `
select id, deleting_since is null as live
from role
where guild_id = $1 and id = any ($2::bigint[])`

/** Roles of one guild: the live ones, and those that are deleted or being deleted. */
export interface KnownRoles {
  readonly live: Set<Snowflake>
  readonly deleted: Set<Snowflake>
}

/** Which of `ids` are roles of the guild: the live ones, and those that are deleted or being deleted. */
export async function knownRoles(
  database: Pool | PoolClient,
  guildId: Snowflake,
  ids: readonly Snowflake[],
): Promise<KnownRoles> {
  const live = new Set<Snowflake>()
  const deleted = new Set<Snowflake>()
  if (ids.length === 0) return { live, deleted }
  const query = { name: 'known-roles', text: KNOWN_ROLES, values: [guildId, arrayOf(ids)] }
  const { rows } = await database.query<{ id: Snowflake; live: boolean }>(query)
  for (const role of rows) (role.live ? live : deleted).add(role.id)
  return { live, deleted }
}
