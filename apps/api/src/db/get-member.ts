import type { Member, Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'

const GET_MEMBER = `
select id, name, display_name, discriminator, roles::text[], in_guild,
  to_char(observed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as observed_at
from member
where guild_id = $1 and id = $2`

export async function getMember(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<Member | undefined> {
  const { rows } = await pool.query<Omit<Member, 'roles'> & { roles: string[] }>(GET_MEMBER, [guildId, id])
  return rows[0] && { ...rows[0], roles: rows[0].roles.map(BigInt) }
}
