import { encodePatch, type Member, MemberPatch, type Stamp, stampOf } from '@rollcall/contract'
import type { ReconcileContext } from './context.js'
import { Departures } from './core/departures.js'
import { diffMember } from './core/diff-member.js'
import { mergeJoin } from './core/merge-join.js'
import { type ObservedMember, observe } from './core/observed-member.js'
import { readAhead } from './core/read-ahead.js'
import type { RoleBook } from './core/role-book.js'
import { type PendingChange, sendChanges } from './send-changes.js'
import { learnRoles } from './sync-roles.js'

/** What remains to be decided once every member was read. */
export interface MembersOutcome {
  readonly departures: Departures
  /** Members that the mirror held as present. */
  readonly present: number
  /** When the reading began: of what is newer, the run knows nothing. */
  readonly stamp: Stamp
}

/** A member of the guild and the stamp of the page that it was on. */
type Sighting = ObservedMember & { readonly stamp: Stamp }

/**
 * Reads the guild and the mirror side by side and sends what differs. Whoever only the mirror has is collected, not sent:
 * an id is absent for certain only after the last page.
 */
export async function syncMembers(context: ReconcileContext, book: RoleBook): Promise<MembersOutcome> {
  const { mirror, report, signal } = context
  const departures = new Departures()
  const stamp = stampOf(context.clock())
  let present = 0

  async function* changes(): AsyncGenerator<PendingChange> {
    const guildSide = { name: 'Discord', pages: sightings(context, book) }
    const mirrorSide = { name: 'The API', pages: readAhead(mirror.memberPages(signal)) }
    for await (const pairs of mergeJoin(guildSide, mirrorSide)) {
      for (const [sighting, known] of pairs) {
        if (known?.in_guild) present += 1
        if (sighting === undefined && known?.in_guild) {
          departures.add(known.id)
          report.find(1)
        }
      }
      yield* pairs.flatMap(([sighting, known]) => (sighting ? changeOf(context, sighting, known, book) : []))
    }
  }

  await sendChanges(context, changes())
  return { departures, present, stamp }
}

/** Discord's pages in the mirror's terms. */
async function* sightings(context: ReconcileContext, book: RoleBook): AsyncGenerator<Sighting[]> {
  for await (const { value: members, askedAtMs } of readAhead(context.discord.memberPages(context.signal))) {
    await learnRoles(context, book, members)
    const stamp = stampOf(askedAtMs)
    yield members.map((member) => ({ ...observe(member, book.known), stamp }))
    context.report.read(members.length)
    context.onCounts()
  }
}

/** At most one change, checked as the API will check it: one bad item would sink its whole chunk. */
function changeOf(
  context: ReconcileContext,
  { stamp, ...member }: Sighting,
  known: Member | undefined,
  book: RoleBook,
) {
  const { report, failures } = context
  const change = diffMember(member, known, book.kept)
  if (change === undefined) return []
  report.find(1)
  const { error } = MemberPatch.safeParse(change.patch)
  if (error === undefined) return [{ ...encodePatch(change.patch), kind: change.kind, stamp }]
  report.fail(1)
  failures.note(member.id, error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
  return []
}
