import type { Snowflake } from '@rollcall/contract'
import type { Pool } from '../pool.js'
import { retryingDeadlocks } from '../transaction.js'

// A foreign key removes the alternate accounts on both sides; this removes those that the user recorded.
const DELETE_USER = `
with recorded as (
  delete from alt_account where guild_id = $1 and actor = $2
)
delete from member where guild_id = $1 and id = $2`

/** Deletes a user and everything that refers to it. @returns false when there is no such user */
export async function deleteUser(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<boolean> {
  const { rowCount } = await retryingDeadlocks(() => pool.query(DELETE_USER, [guildId, id]))
  return rowCount === 1
}
