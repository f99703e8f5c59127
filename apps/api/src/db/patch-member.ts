import type { Snowflake } from '@rollcall/contract'
import { arrayOf } from './array-literal.js'
import { decide, type ObservedMember, type Outcome } from './patch-members.js'
import { ONE_ITEM } from './patch-members-items.js'
import { patchMembersStatement } from './patch-members-statement.js'
import type { Pool, PoolClient } from './pool.js'

const PATCH_MEMBER = patchMembersStatement(ONE_ITEM)
const FOLLOW_MEMBER = patchMembersStatement(ONE_ITEM, { follow: true })

/**
 * Applies what was observed of one member, by the rules of many. The statement is planned once for each connection, which is
 * more than half of what it costs, and looks for the guild and the roles itself.
 *
 * @param options.follow - note for the guild when it was last heard of
 * @returns undefined when the guild or a role that the item names is not known: then nothing was done
 */
export async function patchMember(
  database: Pool | PoolClient,
  guildId: Snowflake,
  { id, name, display_name, discriminator, roles, in_guild, observed_at }: ObservedMember,
  { follow = false } = {},
): Promise<Outcome | undefined> {
  const named = arrayOf([...new Set(roles)])
  const [outcome] = await decide(database, {
    ...(follow ? { name: 'follow-member', text: FOLLOW_MEMBER } : { name: 'patch-member', text: PATCH_MEMBER }),
    values: [guildId, id, name, display_name, discriminator, roles && arrayOf(roles), in_guild, observed_at, named],
  })
  return outcome
}
