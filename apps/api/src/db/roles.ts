import { MAX_ROLES_PER_GUILD, type PutRole, type PutRoleResponse, type Role, type Snowflake } from '@rollcall/contract'
import { ApiError, notFound } from '../errors.js'
import type { Pool, PoolClient } from './pool.js'
import { inTransaction } from './transaction.js'

const COLUMNS = `id, name, colour, permissions, position,
  to_char(observed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as observed_at`

/** A role is listed until every member has lost it: an interrupted deletion is seen, and taken up again. */
export async function listRoles(pool: Pool, guildId: Snowflake): Promise<Role[]> {
  const text = `select ${COLUMNS} from role where guild_id = $1 and deleted_at is null order by id`
  return (await pool.query<Role>(text, [guildId])).rows
}

export async function getRole(
  database: Pool | PoolClient,
  guildId: Snowflake,
  id: Snowflake,
): Promise<Role | undefined> {
  const text = `select ${COLUMNS} from role where guild_id = $1 and id = $2 and deleted_at is null`
  return (await database.query<Role>(text, [guildId, id])).rows[0]
}

/** Takes the place in line of a writer of this guild's roles. @throws 404 when the guild is not known */
export async function lockGuild(client: PoolClient, guildId: Snowflake): Promise<void> {
  const { rowCount } = await client.query('select from guild where id = $1 for no key update', [guildId])
  if (rowCount === 0) throw notFound('unknown_guild', `Guild ${guildId}`)
}

/** @throws 400 when one more role would be too many */
export async function requireRoomForRole(client: PoolClient, guildId: Snowflake): Promise<void> {
  const text = 'select count(*)::int as count from role where guild_id = $1 and deleted_at is null'
  const { rows } = await client.query<{ count: number }>(text, [guildId])
  if ((rows[0]?.count ?? 0) < MAX_ROLES_PER_GUILD) return
  throw new ApiError(400, 'too_many_roles', `A guild has at most ${MAX_ROLES_PER_GUILD} roles. Delete one first.`, {
    limit: 'max_roles_per_guild',
    max: MAX_ROLES_PER_GUILD,
  })
}

// A role that is being deleted stays so. One whose deletion is complete comes back only by a newer observation.
const PUT_ROLE = `
insert into role (guild_id, id, name, colour, permissions, position, observed_at)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (guild_id, id) do update set
  name = excluded.name, colour = excluded.colour, permissions = excluded.permissions, position = excluded.position,
  observed_at = excluded.observed_at, deleting_since = null, deleted_at = null
where role.observed_at < excluded.observed_at and (role.deleting_since is null or role.deleted_at is not null)`

const IS_EQUAL = `
select (name, colour, permissions, position) = ($3, $4::integer, $5::bigint, $6::integer)
  and deleting_since is null as is_equal
from role where guild_id = $1 and id = $2 and deleted_at is null`

/** Creates the role or, unless a newer observation or a deletion is stored, replaces it. */
export function putRole(pool: Pool, guildId: Snowflake, id: Snowflake, role: PutRole): Promise<PutRoleResponse> {
  return inTransaction(pool, async (client) => {
    await lockGuild(client, guildId)
    const fields = [guildId, id, role.name, role.colour, role.permissions, role.position]
    const before = (await client.query<{ is_equal: boolean }>(IS_EQUAL, fields)).rows[0]
    if (!before) await requireRoomForRole(client, guildId)
    const { rowCount } = await client.query(PUT_ROLE, [...fields, role.observed_at])
    const stored = await getRole(client, guildId, id)
    return {
      verdict: before?.is_equal ? 'unchanged' : rowCount ? 'applied' : 'stale',
      role: stored ?? { id, ...role },
    }
  })
}
