/** How the statement speaks of its items, in the places where that matters. */
export interface Items {
  readonly source: string
  /** `guild_id` before the other columns that a step hands on. */
  readonly column: string
  columnOf(step: string): string
  guildOf(step: string): string
  isSame(a: string, b: string): string
  /** Locks the roles that are named and live. */
  readonly lockRoles: string
  /** Whether the role `named` of the row of `item` is one of `live_role`. */
  readonly isLive: string
  /** Finds the row of an item, of which the guild is settled. */
  isRow(step: string): string
  /** Whether rows that are there have a step of their own. If not, they are written by the one that creates. */
  readonly hasUpdate: boolean
}

/**
 * Arrays that are shorter than that of the ids are filled up with nulls: a column that no item names has an empty one, and a
 * stamp that all items have stands once.
 *
 * @param guilds - how the guilds of the items are called, before their other columns and arrays
 */
const unnested = (
  guilds = { column: '', array: '' },
) => `select ${guilds.column}id, name, display_name, discriminator, roles, in_guild,
    coalesce(observed_at, ($8::timestamptz[])[1]) as observed_at, place
  from unnest(${guilds.array}$2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::boolean[], $8::timestamptz[])
    with ordinality as item (${guilds.column}id, name, display_name, discriminator, roles, in_guild, observed_at, place)`

/** All items are of the guild `$1`. */
export const ONE_GUILD: Items = {
  source: unnested(),
  column: '',
  columnOf: () => '',
  guildOf: () => '$1',
  isSame: (a, b) => `${a}.id = ${b}.id`,
  lockRoles: `select id from role where guild_id = $1 and id = any ($9::bigint[]) and deleting_since is null order by id for share`,
  isLive: 'named.id in (select id from live_role)',
  isRow: (step) => `id = ${step}.id`,
  hasUpdate: true,
}

/** Every item has its own guild in the array `$1`, as has every role of `$9` in `$10`. */
export const ANY_GUILD: Items = {
  ...ONE_GUILD,
  source: unnested({ column: 'guild_id, ', array: '$1::bigint[], ' }),
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
}

/**
 * A single item, of the guild `$1`, without look-ups before it: `$9` are the roles that it names, each once, and unless the guild and
 * each of them is known, there is no item, and so no verdict. Known is not live: a deleted role is left out as ever.
 *
 * The plan is kept, so it must be right for every table, also when it is made for an empty one, where all indexes look alike
 * and the one on names may seem as good: it would read the whole guild later on (90 ms, not 1). Only the primary key has the
 * order that is asked for here; and a conflict is found in the primary key without a plan, which an update would need. For many
 * items the update is the quicker.
 */
export const ONE_ITEM: Items = {
  ...ONE_GUILD,
  source: `select $2::bigint as id, $3::text as name, $4::text as display_name, $5::smallint as discriminator, $6::text as roles,
    $7::boolean as in_guild, $8::timestamptz as observed_at, 1 as place
  where exists (select from guild where id = $1)
    and (select count(*) from role where guild_id = $1 and id = any ($9::bigint[])) = cardinality($9::bigint[])`,
  isRow: () => 'id between $2 and $2 order by id limit 1',
  hasUpdate: false,
}
