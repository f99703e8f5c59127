import type { Snowflake } from '@rollcall/contract'
import { arrayOf } from '../array-literal.js'
import type { KnownRoles } from '../known-roles.js'
import type { Pool } from '../pool.js'

// Each is looked up in the primary key, whatever the planner thinks of the tables: `limit` keeps it from making a join of it.
const KNOWN_GUILDS = `
select named.id as guild_id, null::bigint as id, false as live
from unnest($1::bigint[]) as named (id)
cross join lateral (select from guild where id = named.id limit 1) as stored
union all
select named.guild_id, named.id, stored.live
from unnest($2::bigint[], $3::bigint[]) as named (guild_id, id)
cross join lateral (
  select deleting_since is null as live from role where guild_id = named.guild_id and id = named.id limit 1
) as stored`

/**
 * Which of the guilds are known, and which of the roles that were named in each of them.
 *
 * @param named - the guilds, each with the ids of roles
 * @returns nothing for a guild that is not known
 */
export async function knownGuilds(
  pool: Pool,
  named: ReadonlyMap<Snowflake, ReadonlySet<Snowflake>>,
): Promise<Map<Snowflake, KnownRoles>> {
  const guildOfRole: Snowflake[] = []
  const roles: Snowflake[] = []
  for (const [guildId, ids] of named) {
    for (const id of ids) {
      guildOfRole.push(guildId)
      roles.push(id)
    }
  }
  const { rows } = await pool.query<[Snowflake, Snowflake | null, boolean]>({
    text: KNOWN_GUILDS,
    values: [arrayOf([...named.keys()]), arrayOf(guildOfRole), arrayOf(roles)],
    rowMode: 'array',
  })
  const known = new Map<Snowflake, KnownRoles>()
  for (const [guildId, id] of rows) if (id === null) known.set(guildId, { live: new Set(), deleted: new Set() })
  for (const [guildId, id, live] of rows) if (id !== null) known.get(guildId)?.[live ? 'live' : 'deleted'].add(id)
  return known
}
