import { encodePatch } from '@rollcall/contract'
import type { ReconcileContext } from './context.js'
import { departuresHeldBecause } from './core/guard.js'
import { type PendingChange, sendChanges } from './send-changes.js'
import type { MembersOutcome } from './sync-members.js'

/** Departures that Discord is asked about one by one: all of an everyday run, a spread sample of a large one. */
const MAX_ASKED_ABOUT = 20

/** By so much Discord's clock may be behind ours. */
const CLOCK_SKEW_MS = 5_000

/**
 * Marks as departed who was not in the guild, if the read was complete and plausible and no guard objects: all of them or
 * none.
 *
 * @returns why nobody departed
 */
export async function syncDepartures(context: ReconcileContext, outcome: MembersOutcome): Promise<string | undefined> {
  const { report, departureGuard, allowed } = context
  const { departures, present } = outcome
  const { members_read: read, members_expected: expected } = report.counts
  const facts = { read, expected, present, departures: departures.count, allowed: allowed.departures }
  const heldBecause = departuresHeldBecause(facts, departureGuard) ?? (await contradiction(context, outcome))
  if (heldBecause === undefined) await sendChanges(context, itemsOf(outcome))
  return heldBecause
}

/**
 * A list that lacks somebody who is there was not complete, however plausible its length. Whoever joined while it was read
 * is no such case: they were away when their page was asked for, and are back.
 */
async function contradiction({ discord, report, signal }: ReconcileContext, { departures, stamp }: MembersOutcome) {
  const readSinceMs = Date.parse(stamp) - CLOCK_SKEW_MS
  for (const id of departures.sample(MAX_ASKED_ABOUT)) {
    const member = await discord.getMember(id, signal)
    if (member === undefined) continue
    if (!(Date.parse(member.joined_at ?? '') >= readSinceMs)) {
      return `Discord's list lacks member ${id}, who is in the guild: the list cannot be trusted, so nobody departs. The next run reads it again.`
    }
    departures.withdraw(id)
    report.overtake(1)
  }
  return undefined
}

async function* itemsOf({ departures, stamp }: MembersOutcome): AsyncGenerator<PendingChange[]> {
  for (const ids of departures.pages()) {
    yield ids.map((id) => ({ ...encodePatch({ id, in_guild: false }), kind: 'departure', stamp }))
  }
}
