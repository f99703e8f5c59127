import { z } from 'zod'
import { hash32, SALT } from './hash.js'

const RoleId = z.string().regex(/^\d{17,20}$/, 'Expected a role id')

/** Seeded members with an index in `[from_index, to_index)`; without both, every member, newcomers too. */
const range = { from_index: z.int().min(0).optional(), to_index: z.int().min(0).optional() }

/**
 * A change of many members, told as a rule that is applied whenever a member is looked at: one entry, however many
 * members it touches.
 */
export const BulkEdit = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rotate-roles'), ...range }),
  z.strictObject({ kind: z.literal('swap-roles'), role_id: RoleId, for_role_id: RoleId, ...range }),
  z.strictObject({ kind: z.literal('add-role'), role_id: RoleId, ...range }),
  z.strictObject({ kind: z.literal('remove-role'), role_id: RoleId, ...range }),
  z.strictObject({ kind: z.literal('toggle-role'), role_id: RoleId, ...range }),
])
export type BulkEdit = z.output<typeof BulkEdit>

/** Who a rule looks at: `index` is that of a seeded member, undefined for a newcomer. */
export interface Subject {
  readonly index: number | undefined
  /** Stable number to draw by. */
  readonly number: number
}

/** A bulk edit as a guild keeps it. */
export interface Rule {
  readonly edit: BulkEdit
  readonly seed: number
  /** What `rotate-roles` draws from: the roles that could be given when the rule was made. */
  readonly assignable: readonly string[]
}

export function touches({ edit }: Rule, { index }: Subject): boolean {
  const { from_index, to_index } = edit
  if (from_index === undefined && to_index === undefined) return true
  return index !== undefined && index >= (from_index ?? 0) && index < (to_index ?? Number.POSITIVE_INFINITY)
}

/** The roles that a member has after the rule. A role that has been deleted meanwhile may be among them. */
export function applyRule(rule: Rule, subject: Subject, roles: readonly string[]): readonly string[] {
  if (!touches(rule, subject)) return roles
  const { edit } = rule
  switch (edit.kind) {
    case 'rotate-roles': {
      const draw = hash32(rule.seed, subject.number, SALT.rotation) % rule.assignable.length
      return toggled(roles, rule.assignable[draw] as string)
    }
    case 'swap-roles': {
      if (!roles.includes(edit.role_id)) return roles
      const others = roles.filter((id) => id !== edit.role_id)
      return others.includes(edit.for_role_id) ? others : [...others, edit.for_role_id]
    }
    case 'add-role':
      return roles.includes(edit.role_id) ? roles : [...roles, edit.role_id]
    case 'remove-role':
      return roles.includes(edit.role_id) ? toggled(roles, edit.role_id) : roles
    case 'toggle-role':
      return toggled(roles, edit.role_id)
  }
}

/** Always another set than before. */
function toggled(roles: readonly string[], role: string): readonly string[] {
  return roles.includes(role) ? roles.filter((id) => id !== role) : [...roles, role]
}
