import type { Snowflake } from '@rollcall/contract'

/** Far more than the guild has at a time: so many roles, and so many ids that belong to none. */
export const MAX_ROLES_REMEMBERED = 1_000

/** The roles of the guild as far as they are known, and those that only the mirror keeps. */
export class RoleBook {
  readonly #known = new Set<Snowflake>()
  /** Remembered so that each is asked for once. */
  readonly #gone = new Set<Snowflake>()
  /** Their deletion is held back: members keep them in the mirror, although the guild lacks them. */
  readonly kept: ReadonlySet<Snowflake>

  constructor(kept: Iterable<Snowflake> = []) {
    this.kept = new Set(kept)
  }

  get known(): ReadonlySet<Snowflake> {
    return this.#known
  }

  /** How many ids are known to belong to no role. */
  get gone(): number {
    return this.#gone.size
  }

  /** @throws when there are more than any guild has: a member's unknown role must not look like one that was taken away */
  learn(ids: Iterable<Snowflake>): void {
    for (const id of ids) this.#known.add(id)
    if (this.#known.size > MAX_ROLES_REMEMBERED) {
      throw new Error(
        `The guild showed more than ${MAX_ROLES_REMEMBERED} roles within one run, which makes new ones faster than they can be read. The next run starts from what is there then.`,
      )
    }
  }

  /** Still unknown although the list was just read: deleted meanwhile. */
  giveUp(ids: Iterable<Snowflake>): void {
    for (const id of ids) {
      if (!this.#known.has(id) && this.#gone.size < MAX_ROLES_REMEMBERED) this.#gone.add(id)
    }
  }

  /** These members without roles that were given up: they were deleted while the list was read. */
  withKnownRoles<M extends { readonly roles: readonly Snowflake[] }>(members: readonly M[]): readonly M[] {
    if (this.#gone.size === 0) return members
    return members.map((member) => ({ ...member, roles: member.roles.filter((id) => this.#known.has(id)) }))
  }

  /** Role ids of these members that nothing is known about, each once. */
  unknownOf(members: Iterable<{ readonly roles: readonly Snowflake[] }>): Set<Snowflake> {
    const unknown = new Set<Snowflake>()
    for (const { roles } of members) {
      for (const id of roles) if (!this.#known.has(id) && !this.#gone.has(id)) unknown.add(id)
    }
    return unknown
  }
}
