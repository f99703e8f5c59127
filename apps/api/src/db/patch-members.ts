import type { ItemErrorCode, MemberPatch, Snowflake, Stamp, Verdict } from '@rollcall/contract'
import { arrayOf, textArrayOf } from './array-literal.js'
import type { Pool, PoolClient } from './pool.js'
import { retryingDeadlocks } from './transaction.js'

/** What happened to one item. */
export interface Outcome {
  readonly verdict: Verdict
  readonly code?: ItemErrorCode
}

/**
 * One statement for up to 1,000 items: no item can be half applied, and a crash leaves all of them or none.
 *
 * - `live_role` locks the roles that the items name, as a foreign key would if arrays could have one: a role that is
 *   deleted meanwhile is either seen as gone here, and left out, or its deletion waits and then strips these rows.
 * - `locked` takes the rows in id order, so that overlapping requests wait for each other instead of deadlocking. It looks
 *   them up one by one in the primary key: a join may read the whole guild while the table has no statistics (46 ms, not 3).
 * - The update reads from `verdict`, which reads from `locked`: it decides on the rows as they are once locked.
 * - An unchanged row gets the newer stamp, so that an older observation that comes later is still known to be older.
 */
const PATCH_MEMBERS = `
with item as (
  select *
  from unnest($2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::boolean[], $8::timestamptz[])
    with ordinality as item (id, name, display_name, discriminator, roles, in_guild, observed_at, place)
), live_role as materialized (
  select id from role where guild_id = $1 and id = any ($9::bigint[]) and deleting_since is null order by id for share
), observed as (
  select id, name, display_name, discriminator, in_guild, place,
    coalesce(observed_at, 'infinity') as observed_at,
    case when (select count(*) from live_role) = cardinality($9::bigint[]) then roles::bigint[]
      else array(
        select named.id from unnest(roles::bigint[]) with ordinality as named (id, place)
        where named.id in (select id from live_role) order by named.place)
    end as roles,
    roles is not null as has_roles
  from item
), locked as materialized (
  select stored.*
  from (select id from item order by id) as sorted
  cross join lateral (select * from member where guild_id = $1 and id = sorted.id for update) as stored
), verdict as (
  select observed.id, observed.place, locked.observed_at as stored_at,
    coalesce(observed.name, locked.name) as name,
    coalesce(observed.display_name, locked.display_name) as display_name,
    coalesce(observed.discriminator, locked.discriminator) as discriminator,
    case when observed.has_roles then observed.roles else locked.roles end as roles,
    coalesce(observed.in_guild, locked.in_guild) as in_guild,
    case when observed.observed_at < 'infinity' then observed.observed_at
      else greatest(now(), locked.observed_at + interval '1 microsecond')
    end as observed_at,
    case
      when locked.id is null then
        case when num_nulls(observed.name, observed.display_name, observed.discriminator, observed.in_guild) = 0
          and observed.has_roles then 'create' else 'unknown_member' end
      when coalesce(observed.name, locked.name) = locked.name
        and coalesce(observed.display_name, locked.display_name) = locked.display_name
        and coalesce(observed.discriminator, locked.discriminator) = locked.discriminator
        and (not observed.has_roles or observed.roles = locked.roles)
        and coalesce(observed.in_guild, locked.in_guild) = locked.in_guild then 'unchanged'
      when observed.observed_at <= locked.observed_at then 'stale'
      else 'applied'
    end as verdict
  from observed left join locked on locked.id = observed.id
), updated as (
  update member set
    name = verdict.name,
    display_name = verdict.display_name,
    discriminator = verdict.discriminator,
    roles = verdict.roles,
    in_guild = verdict.in_guild,
    observed_at = verdict.observed_at
  from verdict
  where member.guild_id = $1 and member.id = verdict.id
    and (verdict.verdict = 'applied' or verdict.verdict = 'unchanged' and verdict.observed_at > verdict.stored_at)
), created as (
  insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
  select $1, id, name, display_name, discriminator, roles, in_guild, observed_at
  from verdict where verdict = 'create' order by id
  on conflict (guild_id, id) do update set
    name = excluded.name,
    display_name = excluded.display_name,
    discriminator = excluded.discriminator,
    roles = excluded.roles,
    in_guild = excluded.in_guild,
    observed_at = excluded.observed_at
  where member.observed_at < excluded.observed_at
  returning id
)
select case when verdict <> 'create' then verdict when created.id is not null then 'applied' else 'stale' end
from verdict left join created on created.id = verdict.id
order by place`

/** An item without a stamp is observed now and is never stale: the way of the bot contract, which has no stamps. */
export type ObservedMember = Omit<MemberPatch, 'observed_at'> & { observed_at: Stamp | null }

/**
 * Applies observed changes to members of one guild.
 *
 * @param items - at most 1,000, each id once
 * @param liveRoles - every role that the items name and that is not being deleted, each once
 * @returns one outcome for every item, in order
 */
export async function patchMembers(
  database: Pool | PoolClient,
  guildId: Snowflake,
  items: readonly ObservedMember[],
  liveRoles: readonly Snowflake[],
): Promise<Outcome[]> {
  const query = {
    text: PATCH_MEMBERS,
    rowMode: 'array',
    values: [
      guildId,
      arrayOf(items.map((it) => it.id)),
      textArrayOf(items.map((it) => it.name ?? null)),
      textArrayOf(items.map((it) => it.display_name ?? null)),
      arrayOf(items.map((it) => it.discriminator ?? null)),
      textArrayOf(items.map((it) => (it.roles ? arrayOf(it.roles) : null))),
      arrayOf(items.map((it) => it.in_guild ?? null)),
      textArrayOf(items.map((it) => it.observed_at)),
      arrayOf(liveRoles),
    ],
  }
  const apply = () => database.query<[string]>(query)
  // Within a transaction a deadlock undoes more than this statement: whoever began the transaction tries it again.
  const { rows } = 'totalCount' in database ? await retryingDeadlocks(apply) : await apply()
  return rows.map(([verdict]) =>
    verdict === 'unknown_member' ? { verdict: 'failed', code: verdict } : { verdict: verdict as Verdict },
  )
}
