import { type GuildSnapshot, MAX_ROLES_PER_GUILD, type PutGuildsResponse, type Snowflake } from '@rollcall/contract'
import { arrayOf, textArrayOf } from '../array-literal.js'
import type { Pool } from '../pool.js'
import { inTransaction } from '../transaction.js'

/**
 * - Rows are written, and so locked, in id order: overlapping requests wait for each other instead of deadlocking.
 * - `xmax` is 0 in a row that this statement inserted; one that was there has been locked by the conflict, or replaced. So of
 *   requests that show a guild at the same time one sees it first, and its notice is inserted with it or not at all.
 * - A guild that is followed for the first time is due for a reconcile, because no event lists its members.
 */
const PUT_GUILDS = `
with item as (
  select * from unnest($1::bigint[], $2::text[], $3::timestamptz[]) as item (id, name, observed_at)
), written as (
  insert into guild (id, name, observed_at)
  select id, name, observed_at from item order by id
  on conflict (id) do update set name = excluded.name, observed_at = excluded.observed_at
  where guild.observed_at < excluded.observed_at
  returning id, xmax = 0 as is_new
), followed as (
  insert into guild_sync (guild_id) select id from item order by id on conflict do nothing
), noticed as (
  insert into notice (kind, guild_id, created_at)
  select 'guild_first_seen', id, now() from written where is_new order by id
  on conflict do nothing
)
select id from written where is_new`

/**
 * Their guilds are locked by now, so that of each the roles can be counted: one that there is no room for is left out, as one
 * of more than Discord has. A role that is being deleted stays so.
 */
const PUT_ROLES = `
with item as (
  select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::bigint[], $6::integer[], $7::timestamptz[])
    as item (guild_id, id, name, colour, permissions, position, observed_at)
), named as materialized (
  select item.*, stored.is_listed
  from item left join lateral (
    select true as is_listed from role where guild_id = item.guild_id and id = item.id and deleted_at is null limit 1
  ) as stored on true
), room as (
  select guild_id, ${MAX_ROLES_PER_GUILD} - (
    select count(*) from role where role.guild_id = newcomer.guild_id and deleted_at is null) as places
  from (select distinct guild_id from named where is_listed is null) as newcomer
), admitted as (
  select * from named where is_listed
  union all
  select ranked.guild_id, id, name, colour, permissions, position, observed_at, is_listed
  from (select *, row_number() over (partition by guild_id order by id) as place from named where is_listed is null) as ranked
  join room on room.guild_id = ranked.guild_id and ranked.place <= room.places
), written as (
  insert into role (guild_id, id, name, colour, permissions, position, observed_at)
  select guild_id, id, name, colour, permissions, position, observed_at from admitted order by guild_id, id
  on conflict (guild_id, id) do update set
    name = excluded.name, colour = excluded.colour, permissions = excluded.permissions, position = excluded.position,
    observed_at = excluded.observed_at, deleting_since = null, deleted_at = null
  where role.observed_at < excluded.observed_at and (role.deleting_since is null or role.deleted_at is not null)
  returning guild_id
)
select guild_id, count(*)::integer as roles_written from written group by guild_id`

/**
 * Creates or replaces guilds and roles where the snapshot is newer, all of them or none.
 *
 * @param guilds - at most 250, each once
 * @returns one result for every guild, in order
 */
export function putGuilds(pool: Pool, guilds: readonly GuildSnapshot[]): Promise<PutGuildsResponse['results']> {
  return inTransaction(pool, async (client) => {
    const created = await client.query<{ id: Snowflake }>({
      text: PUT_GUILDS,
      values: [
        arrayOf(guilds.map((it) => it.id)),
        textArrayOf(guilds.map((it) => it.name)),
        textArrayOf(guilds.map((it) => it.observed_at)),
      ],
    })
    const firstSeen = new Set(created.rows.map((it) => it.id))
    const roles = guilds.flatMap(({ id, observed_at, roles }) =>
      roles.map((it) => ({ ...it, guild_id: id, observed_at })),
    )
    const written = await client.query<{ guild_id: Snowflake; roles_written: number }>({
      text: PUT_ROLES,
      values: [
        arrayOf(roles.map((it) => it.guild_id)),
        arrayOf(roles.map((it) => it.id)),
        textArrayOf(roles.map((it) => it.name)),
        arrayOf(roles.map((it) => it.colour)),
        arrayOf(roles.map((it) => it.permissions)),
        arrayOf(roles.map((it) => it.position)),
        textArrayOf(roles.map((it) => it.observed_at)),
      ],
    })
    const counts = new Map(written.rows.map((it) => [it.guild_id, it.roles_written]))
    return guilds.map(({ id }) => ({ id, first_seen: firstSeen.has(id), roles_written: counts.get(id) ?? 0 }))
  })
}
