import type { MemberFilter, Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'

/**
 * The page as JSON from Postgres on: it passes through the process once, as text, and no object is made for a member.
 * `text_pattern_ops` makes `^@` an index condition. Only a full page has a `$3`-th id, and so a next one.
 */
const LIST_MEMBERS = `
select coalesce(json_agg(page), '[]')::text as members, (array_agg(id))[$3] as next_after
from (
  select id::text, name, display_name, discriminator, roles::text[], in_guild,
    to_char(observed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as observed_at
  from member
  where guild_id = $1 and id > $2
    and ($4::bigint is null or roles @> array[$4::bigint])
    and ($5::text is null or name ^@ $5::text)
    and ($6::boolean is null or in_guild = $6::boolean)
  order by member.id
  limit $3
) as page`

export interface MemberQuery extends MemberFilter {
  readonly after?: Snowflake | undefined
  readonly limit: number
}

/** @returns the body of a `MemberPage`, as JSON text */
export async function listMembers(pool: Pool, guildId: Snowflake, query: MemberQuery): Promise<string> {
  const { after = -1n, limit, role = null, name_prefix = null, in_guild = null } = query
  const { rows } = await pool.query<{ members: string; next_after: string | null }>({
    name: 'list-members',
    text: LIST_MEMBERS,
    values: [guildId, after, limit, role, name_prefix, in_guild],
  })
  return `{"members":${rows[0]?.members},"next_after":${JSON.stringify(rows[0]?.next_after ?? null)}}`
}
