import { bySnowflake, type Member, type OutgoingPatch, type Snowflake } from '@rollcall/contract'
import type { ObservedMember } from './observed-member.js'

/** What the guild says of one id that the mirror does not know, or does not say: a new member, or what differs. */
export interface MemberChange {
  readonly kind: 'create' | 'patch'
  readonly patch: OutgoingPatch
}

/**
 * Compares one member of the guild with the mirror: a complete item for an unknown member, only what differs for a known
 * one, and nothing if they agree.
 *
 * @param keptRoles - roles whose deletion is held back: the mirror's members keep them, although the guild lacks them
 */
export function diffMember(
  guild: ObservedMember,
  mirror: Member | undefined,
  keptRoles: ReadonlySet<Snowflake>,
): MemberChange | undefined {
  if (mirror === undefined) return { kind: 'create', patch: completeItem(guild) }
  const roles = withKept(guild.roles, mirror.roles, keptRoles)
  const isRenamed = guild.name !== mirror.name || guild.display_name !== mirror.display_name
  const hasOtherRoles = !isSameList(roles, mirror.roles)
  if (!isRenamed && !hasOtherRoles && guild.discriminator === mirror.discriminator && mirror.in_guild) return undefined
  const patch: Writable<OutgoingPatch> = { id: guild.id }
  if (guild.name !== mirror.name) patch.name = guild.name
  if (guild.display_name !== mirror.display_name) patch.display_name = guild.display_name
  if (guild.discriminator !== mirror.discriminator) patch.discriminator = guild.discriminator
  if (hasOtherRoles) patch.roles = roles
  if (!mirror.in_guild) patch.in_guild = true
  return { kind: 'patch', patch }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

const completeItem = ({ id, name, display_name, discriminator, roles }: ObservedMember): OutgoingPatch => ({
  id,
  name,
  display_name,
  discriminator,
  roles,
  in_guild: true,
})

function withKept(guild: readonly Snowflake[], mirror: readonly Snowflake[], kept: ReadonlySet<Snowflake>) {
  if (kept.size === 0) return guild
  const held = mirror.filter((id) => kept.has(id))
  return held.length === 0 ? guild : [...new Set([...guild, ...held])].sort(bySnowflake)
}

/** Both are ascending, so equal sets are equal lists. */
const isSameList = (a: readonly Snowflake[], b: readonly Snowflake[]) =>
  a.length === b.length && a.every((id, index) => id === b[index])
