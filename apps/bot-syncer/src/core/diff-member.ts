import { bySnowflake, type Member, type MemberPatch, type Snowflake } from '@rollcall/contract'
import type { ObservedMember } from './observed-member.js'

/** What the guild says of one id that the mirror does not know, or does not say: a new member, or what differs. */
export interface MemberChange {
  readonly kind: 'create' | 'patch'
  readonly patch: MemberPatch
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
  if (mirror === undefined) return { kind: 'create', patch: { ...guild, roles: [...guild.roles], in_guild: true } }
  const roles = withKept(guild.roles, mirror.roles, keptRoles)
  const patch: MemberPatch = {
    id: guild.id,
    ...(guild.name === mirror.name ? {} : { name: guild.name }),
    ...(guild.display_name === mirror.display_name ? {} : { display_name: guild.display_name }),
    ...(guild.discriminator === mirror.discriminator ? {} : { discriminator: guild.discriminator }),
    ...(isSameList(roles, mirror.roles) ? {} : { roles: [...roles] }),
    ...(mirror.in_guild ? {} : { in_guild: true }),
  }
  return Object.keys(patch).length === 1 ? undefined : { kind: 'patch', patch }
}

function withKept(guild: readonly Snowflake[], mirror: readonly Snowflake[], kept: ReadonlySet<Snowflake>) {
  if (kept.size === 0) return guild
  const held = mirror.filter((id) => kept.has(id))
  return held.length === 0 ? guild : [...new Set([...guild, ...held])].sort(bySnowflake)
}

/** Both are ascending, so equal sets are equal lists. */
const isSameList = (a: readonly Snowflake[], b: readonly Snowflake[]) =>
  a.length === b.length && a.every((id, index) => id === b[index])
