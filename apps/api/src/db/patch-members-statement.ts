/** How the statement speaks of the guild of an item, in the places where that matters. */
interface Guilds {
  /** Before the other arrays of the items. */
  readonly arrays: string
  /** `guild_id` before the other columns that a step hands on. */
  readonly column: string
  columnOf(step: string): string
  guildOf(step: string): string
  isSame(a: string, b: string): string
  /** Locks the roles that are named and live. */
  readonly lockRoles: string
  /** Whether the role `named` of the row of `item` is one of `live_role`. */
  readonly isLive: string
  /** One more step. */
  readonly follow: string
}

/** All items are of the guild `$1`. */
export const ONE_GUILD: Guilds = {
  arrays: '',
  column: '',
  columnOf: () => '',
  guildOf: () => '$1',
  isSame: (a, b) => `${a}.id = ${b}.id`,
  lockRoles: `select id from role where guild_id = $1 and id = any ($9::bigint[]) and deleting_since is null order by id for share`,
  isLive: 'named.id in (select id from live_role)',
  follow: '',
}

/**
 * Every item has its own guild in the array `$1`, as has every role of `$9` in `$10`. What is written comes from events, so
 * each guild that is touched notes when the newest was received, and how long ago that is: one row for each, in order.
 */
export const ANY_GUILD: Guilds = {
  arrays: '$1::bigint[], ',
  column: 'guild_id, ',
  columnOf: (step) => `${step}.guild_id, `,
  guildOf: (step) => `${step}.guild_id`,
  isSame: (a, b) => `${a}.guild_id = ${b}.guild_id and ${a}.id = ${b}.id`,
  lockRoles: `select stored.*
  from (select * from unnest($10::bigint[], $9::bigint[]) as named (guild_id, id) order by guild_id, id) as named
  cross join lateral (
    select guild_id, id from role where guild_id = named.guild_id and id = named.id and deleting_since is null for share
  ) as stored`,
  isLive: '(item.guild_id, named.id) in (select guild_id, id from live_role)',
  follow: `, followed as (
  insert into guild_sync (guild_id, last_event_at, lag_ms)
  select guild_id, max(observed_at),
    greatest(0, least(2147483647, extract(epoch from clock_timestamp() - max(observed_at)) * 1000))::integer
  from verdict where verdict <> 'unknown_member' group by guild_id order by guild_id
  on conflict (guild_id) do update set last_event_at = excluded.last_event_at, lag_ms = excluded.lag_ms
  where guild_sync.last_event_at is null or guild_sync.last_event_at < excluded.last_event_at
)`,
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
export const patchMembersStatement = (it: Guilds): string => `
with item as (
  select *
  from unnest(${it.arrays}$2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::boolean[], $8::timestamptz[])
    with ordinality as item (${it.column}id, name, display_name, discriminator, roles, in_guild, observed_at, place)
), live_role as materialized (
  ${it.lockRoles}
), observed as (
  select ${it.column}id, name, display_name, discriminator, in_guild, place,
    coalesce(observed_at, 'infinity') as observed_at,
    case when (select count(*) from live_role) = cardinality($9::bigint[]) then roles::bigint[]
      else array(
        select named.id from unnest(roles::bigint[]) with ordinality as named (id, place)
        where ${it.isLive} order by named.place)
    end as roles,
    roles is not null as has_roles
  from item
), locked as materialized (
  select stored.*
  from (select ${it.column}id from item order by ${it.column}id) as sorted
  cross join lateral (select * from member where guild_id = ${it.guildOf('sorted')} and id = sorted.id for update) as stored
), verdict as (
  select ${it.columnOf('observed')}observed.id, observed.place, locked.observed_at as stored_at,
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
  from observed left join locked on ${it.isSame('locked', 'observed')}
), updated as (
  update member set
    name = verdict.name,
    display_name = verdict.display_name,
    discriminator = verdict.discriminator,
    roles = verdict.roles,
    in_guild = verdict.in_guild,
    observed_at = verdict.observed_at
  from verdict
  where member.guild_id = ${it.guildOf('verdict')} and member.id = verdict.id
    and (verdict.verdict = 'applied' or verdict.verdict = 'unchanged' and verdict.observed_at > verdict.stored_at)
), created as (
  insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
  select ${it.guildOf('verdict')}, id, name, display_name, discriminator, roles, in_guild, observed_at
  from verdict where verdict = 'create' order by ${it.column}id
  on conflict (guild_id, id) do update set
    name = excluded.name,
    display_name = excluded.display_name,
    discriminator = excluded.discriminator,
    roles = excluded.roles,
    in_guild = excluded.in_guild,
    observed_at = excluded.observed_at
  where member.observed_at < excluded.observed_at
  returning ${it.column}id
)${it.follow}
select case when verdict <> 'create' then verdict when created.id is not null then 'applied' else 'stale' end
from verdict left join created on ${it.isSame('created', 'verdict')}
order by place`
