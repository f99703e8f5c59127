import type {
  MemberPatch,
  PatchGuildMembersRequest,
  PatchGuildMembersResponse,
  PatchMembersRequest,
  PatchMembersResponse,
  Snowflake,
  Stamp,
} from '@rollcall/contract'
import { type KnownRoles, knownRoles } from '../db/known-roles.js'
import { knownGuilds } from '../db/live/known-guilds.js'
import { patchMember } from '../db/patch-member.js'
import { type ObservedMember, type Outcome, patchGuildMembers, patchMembers } from '../db/patch-members.js'
import type { Pool } from '../db/pool.js'
import { notFound } from '../errors.js'
import { answer, type Fault } from './answer.js'
import { sift } from './sift.js'

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
  const nameOf = ({ id }: MemberPatch) => ({ id })
  const outcome = await applyOne(members, defaultStamp, (item) => patchMember(pool, guildId, item))
  if (outcome) return answer(members, new Map(), [outcome], nameOf)
  const named = new Set<Snowflake>()
  for (const member of members) for (const id of member.roles ?? []) named.add(id)
  const roles = await knownRoles(pool, guildId, [...named])
  if (!roles) throw notFound('unknown_guild', `Guild ${guildId}`)
  // As a rule: then no item need be looked through, role by role.
  const areAllLive = roles.live.size === named.size
  const { items, faults } = areAllLive
    ? { items: members, faults: new Map<MemberPatch, Fault>() }
    : sift(members, () => roles)
  const outcomes = items.length > 0 ? await patchMembers(pool, guildId, items, roles.live, defaultStamp) : []
  return answer(members, faults, outcomes, nameOf)
}

/** The same for members of any guilds; that a guild is not known is the fault of its items alone. */
export async function applyGuildPatches(
  pool: Pool,
  { members }: PatchGuildMembersRequest,
): Promise<PatchGuildMembersResponse> {
  const nameOf = ({ guild_id, id }: (typeof members)[number]) => ({ guild_id, id })
  const outcome = await applyOne(members, undefined, (item) => patchMember(pool, item.guild_id, item, { follow: true }))
  if (outcome) return answer(members, new Map(), [outcome], nameOf)
  const named = new Map<Snowflake, Set<Snowflake>>()
  for (const { guild_id, roles } of members) {
    const ids = named.get(guild_id) ?? new Set()
    named.set(guild_id, ids)
    for (const id of roles ?? []) ids.add(id)
  }
  const guilds = await knownGuilds(pool, named)
  const { items, faults } = sift(members, (it) => guilds.get(it.guild_id))
  const outcomes = items.length > 0 ? await patchGuildMembers(pool, items, liveRoles(guilds)) : []
  return answer(members, faults, outcomes, nameOf)
}

/** What the long way would find of an item that is alone; undefined for more, and when something that it names is not known. */
async function applyOne<T extends MemberPatch>(
  members: readonly T[],
  defaultStamp: Stamp | undefined,
  apply: (item: T & ObservedMember) => Promise<Outcome | undefined>,
): Promise<Outcome | undefined> {
  const [member, another] = members
  if (!member || another) return undefined
  return apply({ ...member, observed_at: member.observed_at ?? defaultStamp })
}

function liveRoles(guilds: ReadonlyMap<Snowflake, KnownRoles>): { guild_id: Snowflake; id: Snowflake }[] {
  const roles: { guild_id: Snowflake; id: Snowflake }[] = []
  for (const [guild_id, { live }] of guilds) for (const id of live) roles.push({ guild_id, id })
  return roles
}
