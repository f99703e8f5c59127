import { type Snowflake, type SyncRunState, stampOf } from '@rollcall/contract'
import type { ReconcileContext } from './context.js'
import { syncDepartures } from './sync-departures.js'
import { syncMembers } from './sync-members.js'
import { syncRoles } from './sync-roles.js'

/** How a run ended, and what a person should know or do. */
export interface Verdict {
  readonly state: Exclude<SyncRunState, 'running'>
  readonly message: string | undefined
}

/**
 * Makes the mirror of one guild equal to the guild: its name, its roles, its members, and last who has left.
 *
 * Nothing is removed because something could not be read: every error ends the run before the departures. Running it
 * again after any failure is the recovery.
 *
 * @throws what ends a run before its end
 */
export async function reconcile(context: ReconcileContext): Promise<Verdict> {
  const rolesSeen = await introduceGuild(context)
  const roles = await syncRoles(context, rolesSeen)
  const members = await syncMembers(context, roles.book)
  const departuresHeldBecause = await syncDepartures(context, members)
  return verdictOf(context, [roles.heldBecause, departuresHeldBecause], roles.failed)
}

/**
 * Also the first thing to be asked of Discord: it shows whether the token is good and the guild in sight.
 *
 * @returns the roles that the guild has by its own account, which is not their list
 */
export async function introduceGuild({ discord, mirror, report, signal }: ReconcileContext): Promise<Snowflake[]> {
  await discord.getBot(signal)
  const { value: guild, askedAtMs } = await discord.getGuild(signal)
  report.expect(guild.approximate_member_count)
  await mirror.putGuild({ name: guild.name, observed_at: stampOf(askedAtMs) }, signal)
  return guild.roles.map((role) => role.id)
}

function verdictOf({ report }: ReconcileContext, holds: readonly (string | undefined)[], failedRoles: number): Verdict {
  const reasons = holds.filter((reason) => reason !== undefined)
  if (reasons.length > 0) return { state: 'held', message: reasons.join(' ') }
  const { failed, remaining } = report.counts
  if (failed + failedRoles + remaining === 0) return { state: 'done', message: undefined }
  const message = `${failed} member changes and ${failedRoles} role changes failed, ${remaining} remain; the log names the first. The next run tries them again.`
  return { state: 'partial', message }
}
