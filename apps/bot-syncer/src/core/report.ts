import { NO_COUNTS, type PatchMembersResponse, type SyncRunCounts } from '@rollcall/contract'

export type ChangeKind = 'create' | 'patch' | 'departure'

const CONFIRMED_AS = { create: 'created', patch: 'patched', departure: 'departed' } as const

/**
 * The counts of one run. A change is `remaining` from when it is found until the API's verdict, or its failure, is known;
 * so done + stale + failed + remaining = total, always.
 */
export class Report {
  readonly #counts: SyncRunCounts = { ...NO_COUNTS }

  get counts(): Readonly<SyncRunCounts> {
    return this.#counts
  }

  expect(members: number): void {
    this.#counts.members_expected = members
  }

  read(members: number): void {
    this.#counts.members_read += members
  }

  find(changes: number): void {
    this.#counts.total += changes
    this.#counts.remaining += changes
  }

  fail(changes: number): void {
    this.#counts.remaining -= changes
    this.#counts.failed += changes
  }

  /** Something newer was learnt before the change was sent. */
  overtake(changes: number): void {
    this.#counts.remaining -= changes
    this.#counts.stale += changes
  }

  /** The API's verdicts on a chunk whose items were of these kinds, in the same order. */
  confirm(kinds: readonly ChangeKind[], { results }: PatchMembersResponse): void {
    kinds.forEach((kind, index) => {
      const verdict = results[index]?.verdict ?? 'failed'
      this.#counts.remaining -= 1
      if (verdict === 'failed' || verdict === 'stale') this.#counts[verdict] += 1
      else this.#counts.done += 1
      if (verdict === 'applied') this.#counts[CONFIRMED_AS[kind]] += 1
    })
  }

  writeRole(): void {
    this.#counts.roles_written += 1
  }

  deleteRole(): void {
    this.#counts.roles_deleted += 1
  }
}
