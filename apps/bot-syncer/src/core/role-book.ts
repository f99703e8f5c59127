import type { Snowflake } from '@rollcall/contract'

/** Ids that are known to belong to no role; remembered so that each is asked for once. */
const MAX_GONE_REMEMBERED = 1_000

/** The roles of the guild as far as they are known, and those that only the mirror keeps. */
export class RoleBook {
  readonly #known = new Map<string, Snowflake>()
  readonly #gone = new Set<string>()
  /** Their deletion is held back: members keep them in the mirror, although the guild lacks them. */
  readonly kept: ReadonlySet<Snowflake>

  constructor(kept: Iterable<Snowflake> = []) {
    this.kept = new Set(kept)
  }

  /** By their decimal ids, so that a page of members needs no conversion. */
  get known(): ReadonlyMap<string, Snowflake> {
    return this.#known
  }

  learn(ids: Iterable<Snowflake>): void {
    for (const id of ids) this.#known.set(`${id}`, id)
  }

  /** Still unknown although the list was just read: deleted meanwhile. */
  giveUp(ids: Iterable<string>): void {
    for (const id of ids) {
      if (!this.#known.has(id) && this.#gone.size < MAX_GONE_REMEMBERED) this.#gone.add(id)
    }
  }

  /** Role ids of these members that nothing is known about, each once. */
  unknownOf(members: Iterable<{ readonly roles: readonly string[] }>): Set<string> {
    const unknown = new Set<string>()
    for (const { roles } of members) {
      for (const id of roles) if (!this.#known.has(id) && !this.#gone.has(id)) unknown.add(id)
    }
    return unknown
  }
}
