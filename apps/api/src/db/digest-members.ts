import { MAX_DIGESTED_MEMBERS, type MembersDigest, type Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'

/**
 * The bytes are those of the contract's `digestMembers`, in the order of the ids, which a `limit` keeps. One member more than may
 * be is looked at, and no more: of a range of a million it is soon known that it is too large.
 */
const DIGEST_MEMBERS = `
select present, sha256 from (
  select count(*) <= $4 as is_small,
    (count(*) filter (where in_guild))::integer as present,
    encode(sha256(coalesce(string_agg(
      int8send(id) || textsend(name) || '\\x00'::bytea || textsend(display_name) || '\\x00'::bytea ||
        int4send(discriminator) || array_send(roles), '') filter (where in_guild), '')), 'hex') as sha256
  from (
    select id, name, display_name, discriminator, roles, in_guild
    from member
    where guild_id = $1 and id > $2 and id <= $3
    order by id
    limit $4 + 1
  ) as range
) as digest
where is_small`

/** @returns of the members with ids above `after` and up to `through`, how many are present, if it is known, and their digest */
export async function digestMembers(
  pool: Pool,
  guildId: Snowflake,
  { after = -1n, through }: { readonly after?: Snowflake | undefined; readonly through: Snowflake },
): Promise<MembersDigest & { readonly present?: number }> {
  const values = [guildId, after, through, MAX_DIGESTED_MEMBERS]
  const { rows } = await pool.query<{ present: number; sha256: string }>(DIGEST_MEMBERS, values)
  return rows[0] ?? { sha256: null }
}
