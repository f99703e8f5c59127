import type { Guild, PutGuild, Snowflake } from '@rollcall/contract'
import type { Pool } from './pool.js'

const COLUMNS = `id, name, to_char(observed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as observed_at`

const PUT_GUILD = `
insert into guild (id, name, observed_at) values ($1, $2, $3)
on conflict (id) do update set name = excluded.name, observed_at = excluded.observed_at
where guild.observed_at < excluded.observed_at`

/** Guilds ascending by id, at most `limit` of them after `after`. */
export async function listGuilds(pool: Pool, after: Snowflake | undefined, limit: number): Promise<Guild[]> {
  const { rows } = await pool.query<Guild>(`select ${COLUMNS} from guild where id > $1 order by id limit $2`, [
    after ?? -1n,
    limit,
  ])
  return rows
}

export async function getGuild(pool: Pool, id: Snowflake): Promise<Guild | undefined> {
  const { rows } = await pool.query<Guild>(`select ${COLUMNS} from guild where id = $1`, [id])
  return rows[0]
}

/** Creates the guild or, unless a newer observation is stored, replaces it. @returns what is stored then */
export async function putGuild(pool: Pool, id: Snowflake, guild: PutGuild): Promise<Guild> {
  await pool.query(PUT_GUILD, [id, guild.name, guild.observed_at])
  const stored = await getGuild(pool, id)
  if (!stored) throw new Error(`Guild ${id} is gone right after it was written`)
  return stored
}

/** Makes sure that the bot mount's guild is there; anything observed replaces this row. */
export async function ensureGuild(pool: Pool, id: Snowflake): Promise<void> {
  await pool.query(
    `insert into guild (id, name, observed_at) values ($1::bigint, $1::bigint::text, 'epoch') on conflict do nothing`,
    [id],
  )
}
