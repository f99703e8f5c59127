import type { ItemErrorCode, PatchMembersResponse, Verdict } from '@rollcall/contract'
import type { Outcome } from '../db/patch-members.js'

/** What is wrong with an item. */
export interface Fault {
  readonly code: ItemErrorCode
  readonly message: string
}

interface ItemVerdict {
  readonly verdict: Verdict
  readonly error?: Fault
}

/**
 * One result for every item, in order, and how many there are of each verdict.
 *
 * @param outcomes - of the items without a fault, in order
 * @param nameOf - what an answer names an item by, as an object of its own
 */
export function answer<T, Name>(
  members: readonly T[],
  faults: ReadonlyMap<T, Fault>,
  outcomes: readonly Outcome[],
  nameOf: (member: T) => Name & object,
): { counts: PatchMembersResponse['counts']; results: (Name & ItemVerdict)[] } {
  const counts = { applied: 0, unchanged: 0, stale: 0, failed: 0 }
  let next = 0
  const results = members.map((member) => {
    const fault = faults.get(member)
    const verdict = fault ? failure(fault) : verdictOf(outcomes[next++])
    counts[verdict.verdict]++
    return Object.assign(nameOf(member), verdict)
  })
  return { counts, results }
}

function verdictOf(outcome: Outcome | undefined): ItemVerdict {
  if (!outcome) throw new Error('The statement has no verdict for an item')
  if (outcome.code === undefined) return { verdict: outcome.verdict }
  const message = 'The member is not known, and the item is not complete, so that it could be created.'
  return failure({ code: outcome.code, message })
}

const failure = (error: Fault): ItemVerdict => ({ verdict: 'failed', error })
