import type { ItemErrorCode, MemberPatch, Snowflake, Stamp, Verdict } from '@rollcall/contract'
import type { QueryConfig } from 'pg'
import { arrayOf, arrayTextsOf, textArrayOf } from './array-literal.js'
import { ANY_GUILD, ONE_GUILD } from './patch-members-items.js'
import { patchMembersStatement } from './patch-members-statement.js'
import type { Pool, PoolClient } from './pool.js'
import { retryingDeadlocks } from './transaction.js'

/** What happened to one item. */
export interface Outcome {
  readonly verdict: Verdict
  readonly code?: ItemErrorCode
}

const PATCH_ONE = patchMembersStatement(ONE_GUILD)
const PATCH_ANY = patchMembersStatement(ANY_GUILD, { follow: true })

/** An item without a stamp is observed now and is never stale: the way of the bot contract, which has no stamps. */
export type ObservedMember = Omit<MemberPatch, 'observed_at'> & { observed_at?: Stamp | null | undefined }

/**
 * Applies observed changes to members of one guild.
 *
 * @param items - at most 1,000, each id once
 * @param liveRoles - every role that the items name and that is not being deleted, each once
 * @param defaultStamp - of the items that have none
 * @returns one outcome for every item, in order
 */
export function patchMembers(
  database: Pool | PoolClient,
  guildId: Snowflake,
  items: readonly ObservedMember[],
  liveRoles: Iterable<Snowflake>,
  defaultStamp?: Stamp,
): Promise<Outcome[]> {
  return patch(database, PATCH_ONE, [guildId, ...columns(items, defaultStamp), arrayOf([...liveRoles])])
}

/**
 * Applies observed changes to members of any guilds, and notes for each guild when it was last heard of.
 *
 * @param items - at most 1,000, each id of each guild once
 * @param liveRoles - every role that the items name and that is not being deleted, each once
 * @returns one outcome for every item, in order
 */
export function patchGuildMembers(
  pool: Pool,
  items: readonly (ObservedMember & GuildOwned)[],
  liveRoles: readonly (GuildOwned & { readonly id: Snowflake })[],
): Promise<Outcome[]> {
  const guildIds = (owned: readonly GuildOwned[]) => arrayOf(owned.map((it) => it.guild_id))
  const roles = [arrayOf(liveRoles.map((it) => it.id)), guildIds(liveRoles)]
  return patch(pool, PATCH_ANY, [guildIds(items), ...columns(items), ...roles])
}

interface GuildOwned {
  readonly guild_id: Snowflake
}

const columns = (items: readonly ObservedMember[], defaultStamp?: Stamp): string[] => [
  arrayOf(items.map((it) => it.id)),
  column(items, (it) => it.name, textArrayOf),
  column(items, (it) => it.display_name, textArrayOf),
  column(items, (it) => it.discriminator, arrayOf),
  column(items, (it) => it.roles, arrayTextsOf),
  column(items, (it) => it.in_guild, arrayOf),
  stampColumn(items.map((it) => it.observed_at ?? defaultStamp ?? OBSERVED_NOW)),
]

/** Empty where no item has a value: most changes are of roles alone. */
function column<T>(
  items: readonly ObservedMember[],
  fieldOf: (item: ObservedMember) => T | undefined,
  encode: (values: readonly (T | null)[]) => string,
): string {
  if (items.every((it) => fieldOf(it) === undefined)) return encode([])
  return encode(items.map((it) => fieldOf(it) ?? null))
}

/** What the statement makes of no stamp. */
const OBSERVED_NOW = 'infinity'

/** Most chunks have one stamp, which then stands once. */
const stampColumn = (stamps: readonly Stamp[]) =>
  textArrayOf(stamps.every((it) => it === stamps[0]) ? stamps.slice(0, 1) : stamps)

const patch = (database: Pool | PoolClient, text: string, values: unknown[]) => decide(database, { text, values })

/** Sends the statement. @returns its verdicts */
export async function decide(database: Pool | PoolClient, query: QueryConfig): Promise<Outcome[]> {
  const apply = () => database.query<{ verdicts: string | null }>(query)
  // Within a transaction a deadlock undoes more than this statement: whoever began the transaction tries it again.
  const { rows } = 'totalCount' in database ? await retryingDeadlocks(apply) : await apply()
  return rows[0]?.verdicts?.split(',').map(outcomeOf) ?? []
}

const outcomeOf = (verdict: string): Outcome =>
  verdict === 'unknown_member' ? { verdict: 'failed', code: verdict } : { verdict: verdict as Verdict }
