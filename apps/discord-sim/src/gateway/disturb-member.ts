import type { Guild } from '../guild/guild.js'

/** Only so many members of one guild are edited by storms: each is remembered from then on. */
const MAX_MEMBERS = 50_000

/** One edit of one member, both chosen by the draw: another role, or another nick where there is no role to give. */
export function disturbMember(guild: Guild, draw: number, kind: 'update' | 'mixed'): void {
  const { members } = guild
  if (kind === 'mixed' && draw % 10 === 0) {
    guild.join()
    return
  }
  const id = members.seededId(Math.floor((draw >>> 4) % Math.max(1, Math.min(members.seededCount, MAX_MEMBERS))))
  const member = id === undefined ? undefined : members.get(id)
  if (id === undefined) guild.join()
  else if (member === undefined) guild.join(id)
  else if (kind === 'mixed' && draw % 10 === 1) guild.leave(id)
  else guild.editMember(id, change(guild, member, draw))
}

function change(guild: Guild, { roles, nick }: { roles: readonly string[]; nick: string | null }, draw: number) {
  const { ordinary } = guild.seeded
  const role = ordinary[(draw >>> 8) % Math.max(1, ordinary.length)]
  if (role === undefined || !guild.roles.has(role)) return { nick: nick === null ? `storm ${draw % 1_000}` : null }
  return { roles: roles.includes(role) ? roles.filter((id) => id !== role) : [...roles, role] }
}
