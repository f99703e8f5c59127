import type { Member, Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'
import { USER_JSON } from './user-json.js'

export type NewUser = Omit<Member, 'observed_at'>

/**
 * - `live_role` locks the roles that are named: one that is deleted meanwhile is either seen as gone here, and left out, or
 *   its deletion waits and then strips these rows.
 * - The rows go in by ascending id, so that overlapping requests wait for each other instead of deadlocking.
 */
const CREATE_USERS = `
with live_role as materialized (
  select id from role where guild_id = $1 and id = any ($8::bigint[]) and deleting_since is null order by id for share
), item as (
  select id, name, display_name, discriminator, in_guild,
    case when (select count(*) from live_role) = cardinality($8::bigint[]) then roles::bigint[]
      else array(
        select named.id from unnest(roles::bigint[]) with ordinality as named (id, place)
        where named.id in (select id from live_role) order by named.place)
    end as roles
  from unnest($2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::boolean[])
    as item (id, name, display_name, discriminator, roles, in_guild)
)
insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
select $1, id, name, display_name, discriminator, roles, in_guild, now() from item order by id
on conflict (guild_id, id) do nothing
returning ${USER_JSON} as json`

/**
 * Creates the users that are not known yet, in one statement; the others stay as they are.
 *
 * @param liveRoles - every role that the users name, each once
 * @returns the new users as JSON
 */
export async function createUsers(
  pool: Pool,
  guildId: Snowflake,
  users: readonly NewUser[],
  liveRoles: readonly Snowflake[],
): Promise<string[]> {
  const values = [
    guildId,
    users.map((it) => it.id),
    users.map((it) => it.name),
    users.map((it) => it.display_name),
    users.map((it) => it.discriminator),
    users.map((it) => `{${it.roles.join()}}`),
    users.map((it) => it.in_guild),
    liveRoles,
  ]
  const { rows } = await retryingDeadlocks(() => pool.query<{ json: string }>(CREATE_USERS, values))
  return rows.map((it) => it.json)
}
