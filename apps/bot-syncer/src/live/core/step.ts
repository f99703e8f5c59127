import type { DirtyReason, GuildPresence, Stamp } from '@rollcall/contract'
import type { Ack } from './acks.js'
import type { LiveEvent, MemberFields, RoleFields } from './event.js'

/** What everything that waits to be sent has in common. */
export interface Pending {
  /** Of the newest event in it. */
  stamp: Stamp
  /** Of the oldest event in it, on the process's own clock. */
  receivedAtMs: number
  bytes: number
  /** One for each session that told of it: the earliest event, which covers the later ones. */
  acks: Ack[]
}

export interface MemberItem extends Pending {
  readonly id: string
  fields: MemberFields
}

/** Members in any order, because what is said of one does not concern another; each is in it once. */
export interface MembersStep {
  readonly kind: 'members'
  readonly items: Map<string, MemberItem>
}

export interface GuildStep extends Pending {
  readonly kind: 'guild'
  name: string
  roles: ReadonlyMap<string, RoleFields>
}

export interface RoleStep extends Pending {
  readonly kind: 'role'
  role: RoleFields
}

export interface RoleDeletionStep extends Pending {
  readonly kind: 'role_deletion'
  readonly id: string
}

export interface MarkStep extends Pending {
  readonly kind: 'mark'
  presence: GuildPresence | undefined
  dirty: DirtyReason | undefined
}

/** One request's worth of a guild, or a part of one. Steps of a guild are sent in their order, one after the other. */
export type Step = MembersStep | GuildStep | RoleStep | RoleDeletionStep | MarkStep
export type StepKind = Step['kind']
export type SingleStep = Exclude<Step, MembersStep>

/** A step of its own for an event. */
export function stepOf(event: Exclude<LiveEvent, { kind: 'member' }>, pending: Pending): SingleStep {
  switch (event.kind) {
    case 'guild':
      return { ...pending, kind: 'guild', name: event.name, roles: new Map(event.roles.map((it) => [it.id, it])) }
    case 'role':
      return { ...pending, kind: 'role', role: event.role }
    case 'role_deletion':
      return { ...pending, kind: 'role_deletion', id: event.id }
    case 'mark':
      return { ...pending, kind: 'mark', presence: event.presence, dirty: event.dirty }
  }
}

/**
 * Whether a newer event may be merged into an older member item: it says all that the older one said. Fields that only the
 * older one has would get a stamp at which nobody saw them.
 */
export const covers = (newer: MemberFields, older: MemberFields): boolean =>
  Object.keys(older).every((field) => field in newer)

/** Merges a newer step into the one before it, where both together are one. */
export function merge(older: SingleStep, newer: SingleStep): boolean {
  if (older.kind === 'guild' && newer.kind === 'guild') {
    // A role that only the older one has would get a stamp at which nobody saw it.
    if (![...older.roles.keys()].every((id) => newer.roles.has(id))) return false
    older.name = newer.name
    older.roles = newer.roles
  } else if (older.kind === 'role' && newer.kind === 'role' && older.role.id === newer.role.id) {
    older.role = newer.role
  } else if (older.kind === 'mark' && newer.kind === 'mark') {
    // What was asked of Discord has the stamp of the asking, and may come after a newer event.
    const isLate = newer.stamp < older.stamp
    if (isLate && newer.presence !== undefined && older.presence === undefined) return false
    older.presence = isLate ? older.presence : (newer.presence ?? older.presence)
    older.dirty ??= newer.dirty
  } else return false
  join(older, newer)
  return true
}

/** The newer stamp, the age of the older, and the acks of both. */
export function join(older: Pending, newer: Pending): void {
  if (newer.stamp > older.stamp) older.stamp = newer.stamp
  for (const ack of newer.acks) joinAck(older.acks, ack)
}

/** Of each session the earliest open event stays: the confirmed sequence cannot pass it, so it covers the later ones. */
export function joinAck(acks: Ack[], ack: Ack): void {
  const index = acks.findIndex((it) => it.of === ack.of)
  const known = acks[index]
  if (known === undefined) acks.push(ack)
  else if (ack.sequenceBefore < known.sequenceBefore) {
    acks[index] = ack
    known.confirm()
  } else ack.confirm()
}

export const pendingsOf = (step: Step): Iterable<Pending> => (step.kind === 'members' ? step.items.values() : [step])
