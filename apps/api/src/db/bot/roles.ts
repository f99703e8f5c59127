import type { Role, Snowflake } from '@rollcall/contract'
import type { Pool, PoolClient } from '../pool.js'

export type BotRoleValues = Omit<Role, 'observed_at'>

/** A role of the bot contract as Postgres writes it: five keys in this order, bare 64-bit integers, no blanks. */
const ROLE_JSON = `(
  select row_to_json(bot_role)::text
  from (select role.id, role.name, role.colour, role.permissions, role.position) as bot_role)`

/** Every role that is not wholly deleted, the highest first, as JSON. */
export async function listRolesJson(pool: Pool, guildId: Snowflake): Promise<string> {
  const text = `
select coalesce(string_agg(${ROLE_JSON}, ',' order by position desc, id), '') as json
from role where guild_id = $1 and deleted_at is null`
  return `[${(await pool.query<{ json: string }>(text, [guildId])).rows[0]?.json ?? ''}]`
}

export async function getRoleJson(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<string | undefined> {
  const text = `select ${ROLE_JSON} as json from role where guild_id = $1 and id = $2 and deleted_at is null`
  return (await pool.query<{ json: string }>(text, [guildId, id])).rows[0]?.json
}

// Whoever creates a role whose deletion is complete has seen it since.
const CREATE_ROLE = `
insert into role (guild_id, id, name, colour, permissions, position, observed_at)
values ($1, $2, $3, $4, $5, $6, now())
on conflict (guild_id, id) do update set
  name = excluded.name, colour = excluded.colour, permissions = excluded.permissions, position = excluded.position,
  observed_at = greatest(now(), role.observed_at + interval '1 microsecond'), deleting_since = null, deleted_at = null
where role.deleted_at is not null
returning ${ROLE_JSON} as json`

/** Creates a role that is not listed. @returns it as JSON */
export async function createRole(client: PoolClient, guildId: Snowflake, role: BotRoleValues): Promise<string> {
  const values = [guildId, role.id, role.name, role.colour, role.permissions, role.position]
  const { rows } = await client.query<{ json: string }>(CREATE_ROLE, values)
  if (!rows[0]) throw new Error(`Role ${role.id} was listed although it was looked for`)
  return rows[0].json
}

const UPDATE_ROLE = `
update role set
  name = coalesce($3, name), colour = coalesce($4, colour), permissions = coalesce($5, permissions),
  position = coalesce($6, position), observed_at = greatest(now(), observed_at + interval '1 microsecond')
where guild_id = $1 and id = $2 and deleted_at is null
returning ${ROLE_JSON} as json`

/** Changes the fields that are named, as observed now. @returns the role as JSON */
export async function updateRole(
  client: PoolClient,
  guildId: Snowflake,
  id: Snowflake,
  changes: Partial<BotRoleValues>,
): Promise<string> {
  const { name, colour, permissions, position } = changes
  const { rows } = await client.query<{ json: string }>(UPDATE_ROLE, [guildId, id, name, colour, permissions, position])
  if (!rows[0]) throw new Error(`Role ${id} is gone although its guild is locked`)
  return rows[0].json
}
