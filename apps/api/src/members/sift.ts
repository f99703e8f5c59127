import type { MemberPatch } from '@rollcall/contract'
import type { KnownRoles } from '../db/known-roles.js'
import type { ObservedMember } from '../db/patch-members.js'
import type { Fault } from './answer.js'

/**
 * Parts the items that the statement can decide from those that name what is not known. A deleted role is left out of an item.
 *
 * @param rolesOf - of the guild of an item; undefined when that is not known
 */
export function sift<T extends MemberPatch>(
  members: readonly T[],
  rolesOf: (member: T) => KnownRoles | undefined,
  defaultStamp?: string,
): { items: (T & ObservedMember)[]; faults: Map<T, Fault> } {
  const faults = new Map<T, Fault>()
  const items: (T & ObservedMember)[] = []
  for (const member of members) {
    const roles = rolesOf(member)
    const unknown = roles && member.roles?.find((id) => !roles.live.has(id) && !roles.deleted.has(id))
    if (!roles) faults.set(member, { code: 'unknown_guild', message: 'The guild is not known.' })
    else if (unknown !== undefined) {
      faults.set(member, { code: 'unknown_role', message: `Role ${unknown} is not known in this guild.` })
    } else items.push(observed(member, defaultStamp, roles))
  }
  return { items, faults }
}

function observed<T extends MemberPatch>(
  member: T,
  defaultStamp: string | undefined,
  roles: KnownRoles,
): T & ObservedMember {
  const stamp = { observed_at: member.observed_at ?? defaultStamp ?? null }
  if (!member.roles || roles.deleted.size === 0) return { ...member, ...stamp }
  return { ...member, ...stamp, roles: member.roles.filter((id) => roles.live.has(id)) }
}
