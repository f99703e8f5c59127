import type { DirtyReason, GuildPresence } from '@rollcall/contract'

/** What an event says of a member; a field that is not there is unchanged. Ids are decimal strings, as Discord has them. */
export interface MemberFields {
  readonly name?: string
  readonly display_name?: string
  readonly discriminator?: number
  readonly roles?: readonly string[]
  readonly in_guild: boolean
}

export interface RoleFields {
  readonly id: string
  readonly name: string
  readonly colour: number
  readonly permissions: string
  readonly position: number
}

/** One effect of a gateway event on the mirror of one guild. */
export type LiveEvent =
  | { readonly kind: 'member'; readonly id: string; readonly fields: MemberFields }
  | { readonly kind: 'guild'; readonly name: string; readonly roles: readonly RoleFields[] }
  | { readonly kind: 'role'; readonly role: RoleFields }
  | { readonly kind: 'role_deletion'; readonly id: string }
  | { readonly kind: 'mark'; readonly presence?: GuildPresence; readonly dirty?: DirtyReason }

/** The events of one dispatch, all of one guild. */
export interface GuildEvents {
  readonly guildId: string
  readonly events: readonly LiveEvent[]
  /** A member about whom the event said too little: to be asked for. */
  readonly incomplete?: string
}

/** Has every field, so that it creates a member that is not known. */
export const isWhole = (fields: MemberFields): boolean =>
  fields.name !== undefined &&
  fields.display_name !== undefined &&
  fields.discriminator !== undefined &&
  fields.roles !== undefined

/** A rough measure of what an event holds in memory. */
export function bytesOf(event: LiveEvent): number {
  if (event.kind === 'member') return 300 + 40 * (event.fields.roles?.length ?? 0)
  if (event.kind === 'guild') return 300 + 250 * event.roles.length
  return 300
}
