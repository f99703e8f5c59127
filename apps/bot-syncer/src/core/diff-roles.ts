import type { PutRole, Role, Snowflake } from '@rollcall/contract'

/** A role as Discord's list shows it. */
export type ObservedRole = Omit<PutRole, 'observed_at'> & { readonly id: Snowflake }

export interface RoleChanges {
  /** New, or different from the mirror's. */
  readonly put: readonly ObservedRole[]
  /** In the mirror and no longer in the guild, ascending. */
  readonly gone: readonly Snowflake[]
}

/** What has to happen to the mirror's roles so that they are the guild's. */
export function diffRoles(guild: readonly ObservedRole[], mirror: readonly Role[]): RoleChanges {
  const known = new Map(mirror.map((role) => [role.id, role]))
  const present = new Set(guild.map((role) => role.id))
  return {
    put: guild.filter((role) => !isSameRole(role, known.get(role.id))),
    gone: mirror.map((role) => role.id).filter((id) => !present.has(id)),
  }
}

const isSameRole = (a: ObservedRole, b: Role | undefined) =>
  b !== undefined &&
  a.name === b.name &&
  a.colour === b.colour &&
  a.permissions === b.permissions &&
  a.position === b.position
