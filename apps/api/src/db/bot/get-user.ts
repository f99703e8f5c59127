import type { Snowflake } from '@rollcall/contract'
import type { Pool, PoolClient } from '../pool.js'
import { USER_COLUMNS, USER_JSON } from './user-json.js'

/** An instant in UTC to the microsecond, its fraction left out when it is zero. */
const instant = (column: string) => `
  to_char(${column} at time zone 'utc',
    case when date_trunc('second', ${column}) = ${column} then 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
      else 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"' end)`

const GET_USER_WITH_ALTS = `
select row_to_json(bot_user)::text as json
from (
  select ${USER_COLUMNS}, array(
    select row_to_json(alt)
    from (
      select source, target, actor, context, ${instant('created_at')} as created_at, ${instant('updated_at')} as updated_at,
        array(
          select of_target.target from alt_account as of_target
          where of_target.guild_id = alt_account.guild_id and of_target.source = alt_account.target
          order by of_target.created_at, of_target.target
        ) as alts
      from alt_account
      where guild_id = member.guild_id and source = member.id
      order by alt_account.created_at, target
    ) as alt
  ) as alts
  from member
  where guild_id = $1 and id = $2
) as bot_user`

/** The user with its alternate accounts, as JSON. */
export async function getUserWithAlts(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<string | undefined> {
  const { rows } = await pool.query<{ json: string }>(GET_USER_WITH_ALTS, [guildId, id])
  return rows[0]?.json
}

const GET_USERS = `
select string_agg(${USER_JSON}, ',' order by item.place) as json
from unnest($2::bigint[]) with ordinality as item (id, place)
  join member on member.guild_id = $1 and member.id = item.id`

/** The users with these ids, in this order, as JSON separated by commas; those that are not known are left out. */
export async function getUsers(
  database: Pool | PoolClient,
  guildId: Snowflake,
  ids: readonly Snowflake[],
): Promise<string> {
  const { rows } = await database.query<{ json: string | null }>(GET_USERS, [guildId, ids])
  return rows[0]?.json ?? ''
}

export async function userExists(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<boolean> {
  const text = 'select from member where guild_id = $1 and id = $2'
  return (await pool.query({ name: 'user-exists', text, values: [guildId, id] })).rowCount === 1
}
