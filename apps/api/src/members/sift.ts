import type { MemberPatch } from '@rollcall/contract'
import type { KnownRoles } from '../db/known-roles.js'
import type { Fault } from './answer.js'

/**
 * Parts the items that the statement can decide from those that name what is not known. A deleted role is left out of an item.
 *
 * @param rolesOf - of the guild of an item; undefined when that is not known
 */
export function sift<T extends MemberPatch>(
  members: readonly T[],
  rolesOf: (member: T) => KnownRoles | undefined,
): { items: T[]; faults: Map<T, Fault> } {
  const faults = new Map<T, Fault>()
  const items: T[] = []
  for (const member of members) {
    const roles = rolesOf(member)
    const unknown = roles && member.roles?.find((id) => !roles.live.has(id) && !roles.deleted.has(id))
    if (!roles) faults.set(member, { code: 'unknown_guild', message: 'The guild is not known.' })
    else if (unknown !== undefined) {
      faults.set(member, { code: 'unknown_role', message: `Role ${unknown} is not known in this guild.` })
    } else items.push(withoutDeleted(member, roles))
  }
  return { items, faults }
}

function withoutDeleted<T extends MemberPatch>(member: T, { live, deleted }: KnownRoles): T {
  if (!member.roles || deleted.size === 0) return member
  return { ...member, roles: member.roles.filter((id) => live.has(id)) }
}
