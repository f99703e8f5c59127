import type { Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { USER_JSON } from './user-json.js'

/** Exact matches, all of which must hold. */
export interface UserFilter {
  readonly name?: string | undefined
  readonly display_name?: string | undefined
  readonly discriminator?: number | undefined
}

/** Some users in a row, ascending by id. */
export interface UserSlice {
  /** The users as JSON, separated by commas; empty for none. */
  readonly json: string
  readonly count: number
  /** The id to go on after; null for none. */
  readonly last: Snowflake | null
}

/** Only the conditions that are asked for stand in the statement: each gets a plan of its own. */
function where(guildId: Snowflake, filter: UserFilter): { condition: string; values: unknown[] } {
  const values: unknown[] = [guildId]
  const conditions = ['guild_id = $1']
  for (const name of ['name', 'display_name', 'discriminator'] as const) {
    if (filter[name] !== undefined) conditions.push(`${name} = $${values.push(filter[name])}`)
  }
  return { condition: conditions.join(' and '), values }
}

export async function countUsers(pool: Pool, guildId: Snowflake, filter: UserFilter): Promise<number> {
  const { condition, values } = where(guildId, filter)
  const text = `select count(*)::int as count from member where ${condition}`
  return (await pool.query<{ count: number }>(text, values)).rows[0]?.count ?? 0
}

/** The id that stands before the `offset`-th user, counted from 0; undefined when there are fewer. */
export async function idBefore(
  pool: Pool,
  guildId: Snowflake,
  filter: UserFilter,
  offset: number,
): Promise<Snowflake | undefined> {
  if (offset === 0) return -1n
  const { condition, values } = where(guildId, filter)
  const text = `select id from member where ${condition} order by id offset $${values.push(offset - 1)} limit 1`
  return (await pool.query<{ id: Snowflake }>(text, values)).rows[0]?.id
}

/** The next `limit` users after the id `after`. */
export async function listUsers(
  pool: Pool,
  guildId: Snowflake,
  filter: UserFilter,
  { after, limit }: { after: Snowflake; limit: number },
): Promise<UserSlice> {
  const { condition, values } = where(guildId, filter)
  const text = `
select coalesce(string_agg(json, ','), '') as json, count(*)::int as count, max(id) as last
from (
  select id, ${USER_JSON} as json
  from member
  where ${condition} and id > $${values.push(after)}
  order by id
  limit $${values.push(limit)}
) as slice`
  const { rows } = await pool.query<UserSlice>(text, values)
  return rows[0] ?? { json: '', count: 0, last: null }
}
