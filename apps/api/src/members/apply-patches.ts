import type {
  ItemErrorCode,
  ItemResult,
  MemberPatch,
  PatchMembersRequest,
  PatchMembersResponse,
  Snowflake,
} from '@rollcall/contract'
import { getGuild } from '../db/guilds.js'
import { knownRoles } from '../db/known-roles.js'
import { type ObservedMember, type Outcome, patchMembers } from '../db/patch-members.js'
import type { Pool } from '../db/pool.js'
import { notFound } from '../errors.js'

/**
 * Gives every item its verdict: an item that names a role which never was is failed here, the others are decided and
 * applied by one statement. A role that was deleted is left out of an item: whoever saw it, saw it before.
 *
 * @throws 404 when the guild is not known
 */
export async function applyPatches(
  pool: Pool,
  guildId: Snowflake,
  { observed_at: defaultStamp, members }: PatchMembersRequest,
): Promise<PatchMembersResponse> {
  if (!(await getGuild(pool, guildId))) throw notFound('unknown_guild', `Guild ${guildId}`)
  const named = new Set<Snowflake>()
  for (const member of members) for (const id of member.roles ?? []) named.add(id)
  const roles = await knownRoles(pool, guildId, [...named])
  const isKnown = (id: Snowflake) => roles.live.has(id) || roles.deleted.has(id)

  const faults = new Map<MemberPatch, Snowflake>()
  const items: ObservedMember[] = []
  for (const member of members) {
    const unknown = member.roles?.find((id) => !isKnown(id))
    if (unknown !== undefined) faults.set(member, unknown)
    else items.push(observed(member, defaultStamp, roles))
  }

  const outcomes = items.length > 0 ? await patchMembers(pool, guildId, items, [...roles.live]) : []
  let next = 0
  const results = members.map((member): ItemResult => {
    const role = faults.get(member)
    if (role !== undefined) return failure(member.id, 'unknown_role', `Role ${role} is not known in this guild.`)
    return toResult(member.id, outcomes[next++])
  })
  return { counts: countVerdicts(results), results }
}

function observed(
  member: MemberPatch,
  defaultStamp: string | undefined,
  roles: { live: Set<Snowflake>; deleted: Set<Snowflake> },
): ObservedMember {
  const stamp = { observed_at: member.observed_at ?? defaultStamp ?? null }
  if (!member.roles || roles.deleted.size === 0) return { ...member, ...stamp }
  return { ...member, ...stamp, roles: member.roles.filter((id) => roles.live.has(id)) }
}

function toResult(id: Snowflake, outcome: Outcome | undefined): ItemResult {
  if (!outcome) throw new Error(`The statement has no verdict for member ${id}`)
  if (outcome.code === undefined) return { id, verdict: outcome.verdict }
  return failure(
    id,
    outcome.code,
    'The member is not known, and the item is not complete, so that it could be created.',
  )
}

const failure = (id: Snowflake, code: ItemErrorCode, message: string): ItemResult => ({
  id,
  verdict: 'failed',
  error: { code, message },
})

function countVerdicts(results: readonly ItemResult[]): PatchMembersResponse['counts'] {
  const counts = { applied: 0, unchanged: 0, stale: 0, failed: 0 }
  for (const { verdict } of results) counts[verdict]++
  return counts
}
