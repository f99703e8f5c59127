import { PutRole, type Snowflake, type Stamp, stampOf } from '@rollcall/contract'
import { isFatal } from './api/errors.js'
import type { ReconcileContext } from './context.js'
import { diffRoles, type ObservedRole } from './core/diff-roles.js'
import { roleDeletionsHeldBecause } from './core/guard.js'
import type { ObservedMember } from './core/observed-member.js'
import { RoleBook } from './core/role-book.js'

export interface RolesOutcome {
  readonly book: RoleBook
  readonly heldBecause: string | undefined
  /** Roles that the API did not take. */
  readonly failed: number
}

/**
 * Makes the mirror's roles the guild's, before any member is compared: new and changed ones first, then what is gone.
 *
 * @param seen - roles that the guild had a moment ago
 * @throws when the list lacks a role that exists
 */
export async function syncRoles(context: ReconcileContext, seen: readonly Snowflake[]): Promise<RolesOutcome> {
  const { discord, mirror, signal, allowed } = context
  const guild = await discord.listRoles(signal)
  const listed = new Set(guild.value.map((role) => role.id))
  // A new role that nobody has yet would be missed, and the run be `done`.
  for (const id of seen) if (!listed.has(id)) await requireGone(context, id)
  const known = await mirror.listRoles(signal)
  const { put, gone } = diffRoles(guild.value, known)
  const unwritten = await putRoles(context, put, stampOf(guild.askedAtMs))
  const heldBecause = roleDeletionsHeldBecause(gone.length, known.length, allowed.roleDeletions)
  const undeleted = heldBecause === undefined ? await deleteRoles(context, gone) : []
  const book = new RoleBook(heldBecause === undefined ? undeleted : gone)
  context.holdings.roles = book
  book.learn(listed)
  return { book, heldBecause, failed: unwritten + undeleted.length }
}

/** Of a page: more than are deleted while a guild is read. A page of nothing but made-up roles must not be asked about for hours. */
const MAX_ASKED_ABOUT = 20

/**
 * Fetches the roles again if members have some that were created since, so that they can be written before the members.
 * What is still unknown then was deleted, unless Discord, asked for it by itself, has it.
 *
 * @throws when the list lacks a role that exists
 */
export async function learnRoles(context: ReconcileContext, book: RoleBook, members: readonly ObservedMember[]) {
  const unknown = book.unknownOf(members)
  if (unknown.size === 0) return
  const { value: roles, askedAtMs } = await context.discord.listRoles(context.signal)
  const missing = roles.filter((role) => unknown.has(role.id))
  for (const { id } of missing) unknown.delete(id)
  for (const id of [...unknown].slice(0, MAX_ASKED_ABOUT)) await requireGone(context, id)
  await putRoles(context, missing, stampOf(askedAtMs))
  book.learn(missing.map((role) => role.id))
  book.giveUp(unknown)
}

/** @returns how many roles could not be written */
async function putRoles(context: ReconcileContext, roles: readonly ObservedRole[], stamp: Stamp): Promise<number> {
  const { mirror, report, log, signal } = context
  let failed = 0
  for (const { id, ...role } of roles) {
    try {
      const verdict = await mirror.putRole(id, PutRole.parse({ ...role, observed_at: stamp }), signal)
      if (verdict === 'applied') report.writeRole()
    } catch (error) {
      signal.throwIfAborted()
      if (isFatal(error)) throw error
      failed += 1
      log.warn({ role: `${id}`, err: error }, 'role not written')
    }
    context.onCounts()
  }
  return failed
}

/**
 * A role that a list lacks is gone only if Discord, asked for it by itself, does not have it.
 *
 * @throws when it exists after all: the list was not complete
 */
async function requireGone({ discord, signal }: ReconcileContext, id: Snowflake): Promise<void> {
  if (!(await discord.hasRole(id, signal))) return
  throw new Error(
    `Discord's list of roles lacks role ${id}, which exists: the list cannot be trusted. The next run reads it again.`,
  )
}

/**
 * Deletes each role that the list lacks, once it is known to be gone.
 *
 * @returns the roles that could not be deleted
 * @throws when one exists after all
 */
async function deleteRoles(context: ReconcileContext, gone: readonly Snowflake[]): Promise<Snowflake[]> {
  const { mirror, report, log, signal } = context
  const undeleted: Snowflake[] = []
  for (const id of gone) {
    await requireGone(context, id)
    try {
      await mirror.deleteRole(id, signal)
      report.deleteRole()
    } catch (error) {
      signal.throwIfAborted()
      if (isFatal(error)) throw error
      undeleted.push(id)
      log.warn({ role: `${id}`, err: error }, 'role not deleted')
    }
    context.onCounts()
  }
  return undeleted
}
