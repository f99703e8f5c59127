import type { MemberFilter, Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'

/**
 * The page as JSON from Postgres on: it passes through the process once, as text, and no object is made for a member.
 * Only a full page has a `$3`-th id, and so a next one.
 *
 * Only the conditions that are asked for stand in the statement, and it is planned each time for its values (0.3 ms): one
 * plan for all of them sorts the rest of the guild for every page (64 ms instead of 8).
 */
const listMembersSql = (conditions: readonly string[]) => `
select coalesce(json_agg(page), '[]')::text as members, (array_agg(id))[$3] as next_after
from (
  select id::text, name, display_name, discriminator, roles::text[], in_guild,
    to_char(observed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as observed_at
  from member
  where ${['guild_id = $1', 'id > $2', ...conditions].join(' and ')}
  order by member.id
  limit $3
) as page`

export interface MemberQuery extends MemberFilter {
  readonly after?: Snowflake | undefined
  readonly limit: number
}

/** @returns the body of a `MemberPage`, as JSON text */
export async function listMembers(pool: Pool, guildId: Snowflake, query: MemberQuery): Promise<string> {
  const values: unknown[] = [guildId, query.after ?? -1n, query.limit]
  const conditions: string[] = []
  const add = (value: unknown, condition: (parameter: string) => string) => {
    if (value !== undefined) conditions.push(condition(`$${values.push(value)}`))
  }
  add(query.role, (role) => `roles @> array[${role}::bigint]`)
  // An index condition, thanks to text_pattern_ops.
  add(query.name_prefix, (prefix) => `name ^@ ${prefix}::text`)
  add(query.in_guild, (inGuild) => `in_guild = ${inGuild}::boolean`)

  const { rows } = await pool.query<{ members: string; next_after: string | null }>(listMembersSql(conditions), values)
  return `{"members":${rows[0]?.members},"next_after":${JSON.stringify(rows[0]?.next_after ?? null)}}`
}
