import type { Items } from './patch-members-items.js'

/** An unchanged row gets the newer stamp, so that an older observation that comes later is still known to be older. */
const CHANGES_ROW = `(verdict.verdict = 'applied' or verdict.verdict = 'unchanged' and verdict.observed_at > verdict.stored_at)`

const update = (it: Items) => `, updated as (
  update member set
    name = verdict.name,
    display_name = verdict.display_name,
    discriminator = verdict.discriminator,
    roles = verdict.roles,
    in_guild = verdict.in_guild,
    observed_at = verdict.observed_at
  from verdict
  where member.guild_id = ${it.guildOf('verdict')} and member.id = verdict.id
    and ${CHANGES_ROW}
)`

/**
 * For items that come from events: each guild that is touched notes when the newest was received, and how long ago that is,
 * one row for each, in order.
 */
const followed = (it: Items) => `, followed as (
  insert into guild_sync (guild_id, last_event_at, lag_ms)
  select ${it.guildOf('verdict')}, max(observed_at),
    greatest(0, least(2147483647, extract(epoch from clock_timestamp() - max(observed_at)) * 1000))::integer
  from verdict where verdict <> 'unknown_member' group by 1 order by 1
  on conflict (guild_id) do update set last_event_at = excluded.last_event_at, lag_ms = excluded.lag_ms
  where guild_sync.last_event_at is null or guild_sync.last_event_at < excluded.last_event_at
)`

/**
 * One statement for up to 1,000 items: no item can be half applied, and a crash leaves all of them or none.
 *
 * - `live_role` locks the roles that the items name, as a foreign key would if arrays could have one: a role that is
 *   deleted meanwhile is either seen as gone here, and left out, or its deletion waits and then strips these rows.
 * - `locked` takes the rows in id order, so that overlapping requests wait for each other instead of deadlocking. It looks
 *   them up one by one in the primary key: a join may read the whole guild while the table has no statistics (46 ms, not 3).
 * - The verdicts come in one row, because a thousand rows are a thousand messages, objects and arrays to read.
 * - The update reads from `verdict`, which reads from `locked`: it decides on the rows as they are once locked.
 */
export const patchMembersStatement = (it: Items, { follow = false } = {}): string => `
with item as (
  ${it.source}
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
  cross join lateral (select * from member where guild_id = ${it.guildOf('sorted')} and ${it.isRow('sorted')} for update) as stored
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
)${it.hasUpdate ? update(it) : ''}, created as (
  insert into member (guild_id, id, name, display_name, discriminator, roles, in_guild, observed_at)
  select ${it.guildOf('verdict')}, id, name, display_name, discriminator, roles, in_guild, observed_at
  from verdict where verdict = 'create'${it.hasUpdate ? '' : ` or ${CHANGES_ROW}`}
  order by ${it.column}id
  on conflict (guild_id, id) do update set
    name = excluded.name,
    display_name = excluded.display_name,
    discriminator = excluded.discriminator,
    roles = excluded.roles,
    in_guild = excluded.in_guild,
    observed_at = excluded.observed_at
  where member.observed_at < excluded.observed_at
  returning ${it.column}id
)${follow ? followed(it) : ''}
select string_agg(
  case when verdict <> 'create' then verdict when created.id is not null then 'applied' else 'stale' end, ',' order by place
) as verdicts
from verdict left join created on ${it.isSame('created', 'verdict')}`
