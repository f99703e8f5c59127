import {
  encodePatch,
  MAX_ROLES_PER_MEMBER,
  type Member,
  MemberPatch,
  type OutgoingPatch,
  type Stamp,
  stampOf,
} from '@rollcall/contract'
import { compareMembers } from './compare-members.js'
import type { ReconcileContext } from './context.js'
import { Departures } from './core/departures.js'
import { diffMember } from './core/diff-member.js'
import type { ObservedMember } from './core/observed-member.js'
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

/**
 * Reads the guild page by page, and of the mirror what does not agree with its page, and sends what differs. Whoever only the
 * mirror has is collected, not sent: an id is absent for certain only after the last page.
 */
export async function syncMembers(context: ReconcileContext, book: RoleBook): Promise<MembersOutcome> {
  const { report } = context
  const departures = new Departures()
  context.holdings.departures = departures
  const stamp = stampOf(context.clock())
  let present = 0

  const onAgreed = (members: number) => {
    present += members
  }
  const changes = compareMembers(context, sightings(context, book), onAgreed, (...[member, known]) => {
    if (known?.in_guild) present += 1
    if (member !== undefined) return changeOf(context, member, known, book)
    if (known.in_guild) {
      departures.add(known.id)
      report.find(1)
    }
    return undefined
  })
  await sendChanges(context, changes)
  return { departures, present, stamp }
}

/** Discord's pages, once all their roles are known. */
async function* sightings(context: ReconcileContext, book: RoleBook): AsyncGenerator<readonly ObservedMember[]> {
  for await (const members of readAhead(context.discord.memberPages(context.signal))) {
    await learnRoles(context, book, members)
    yield book.withKnownRoles(members)
    context.report.read(members.length)
    context.onCounts()
  }
}

/** At most one change, checked as the API will check it: one bad item would sink its whole chunk. */
function changeOf(
  { report, failures }: ReconcileContext,
  member: ObservedMember,
  known: Member | undefined,
  book: RoleBook,
): PendingChange | undefined {
  const change = diffMember(member, known, book.kept)
  if (change === undefined) return undefined
  report.find(1)
  const fault = faultOf(change.patch)
  if (fault === undefined) {
    const { id, json } = encodePatch(change.patch)
    return { id, json, kind: change.kind, stamp: member.stamp }
  }
  report.fail(1)
  failures.note(member.id, fault)
  return undefined
}

/** The id and the roles are known to be good; most changes are of roles alone and cost nothing to check. */
function faultOf(patch: OutgoingPatch): string | undefined {
  const { roles = [], ...rest } = patch
  if (roles.length > MAX_ROLES_PER_MEMBER) return `roles: Expected at most ${MAX_ROLES_PER_MEMBER}`
  if (Object.keys(rest).length === 1) return undefined
  const { error } = MemberPatch.safeParse(rest)
  return error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
}
