import type { Snowflake } from '@rollcall/contract'
import { arrayOf } from './array-literal.js'
import type { Pool, PoolClient } from './pool.js'

// The guild has a row of its own, so that one trip tells of both.
const KNOWN_ROLES = `
select null::bigint as id, false as live from guild where id = $1
union all
select id, deleting_since is null as live from role where guild_id = $1 and id = any ($2::bigint[])`

/** Roles of one guild: the live ones, and those that are deleted or being deleted. */
export interface KnownRoles {
  readonly live: Set<Snowflake>
  readonly deleted: Set<Snowflake>
}

/**
 * Which of `ids` are roles of the guild: the live ones, and those that are deleted or being deleted.
 *
 * @returns undefined when the guild is not known
 */
export async function knownRoles(
  database: Pool | PoolClient,
  guildId: Snowflake,
  ids: readonly Snowflake[],
): Promise<KnownRoles | undefined> {
  const query = { name: 'known-roles', text: KNOWN_ROLES, values: [guildId, arrayOf(ids)] }
  const { rows } = await database.query<{ id: Snowflake | null; live: boolean }>(query)
  if (rows.length === 0) return undefined
  const live = new Set<Snowflake>()
  const deleted = new Set<Snowflake>()
  for (const role of rows) if (role.id !== null) (role.live ? live : deleted).add(role.id)
  return { live, deleted }
}
