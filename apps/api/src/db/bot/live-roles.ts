import type { Snowflake } from '@rollcall/contract'
import type { Pool, PoolClient } from '../pool.js'

const LIVE_ROLES = 'select id from role where guild_id = $1 and deleting_since is null'

/** The ids of all roles of the guild that are not deleted or being deleted; never more than a guild may have. */
export async function liveRoles(database: Pool | PoolClient, guildId: Snowflake): Promise<Set<Snowflake>> {
  const query = { name: 'live-roles', text: LIVE_ROLES, values: [guildId] }
  const { rows } = await database.query<{ id: Snowflake }>(query)
  return new Set(rows.map((it) => it.id))
}
