/** How many departures a run may apply without asking; above both limits it asks. */
export interface DepartureGuard {
  readonly count: number
  /** Of the mirror's present members, 0 to 1. */
  readonly share: number
}

/** What a complete-looking read came to. */
export interface ReadFacts {
  /** Members on Discord's pages. */
  readonly read: number
  /** Discord's own `approximate_member_count`. */
  readonly expected: number
  /** Members that the mirror holds as present. */
  readonly present: number
  readonly departures: number
  /** `--allow-departures`, 0 without. */
  readonly allowed: number
}

/** Role deletions beyond both of these are held. */
export const ROLE_GUARD = { count: 10, share: 0.25 } as const

/** Discord's count is approximate: a read may fall short of it by the larger of the two. */
export const SHORTFALL = { count: 10, share: 0.05 } as const

/** Why nothing may depart, and what to do about it; undefined when departures may be applied. */
export function departuresHeldBecause(facts: ReadFacts, guard: DepartureGuard): string | undefined {
  const { read, expected, present, departures, allowed } = facts
  if (isImplausible(read, expected)) {
    return `Discord listed ${read} members but says that the guild has about ${expected}: the list cannot be trusted, so nobody departs. If it happens again, look at the guild and at discordstatus.com; --allow-departures does not override this.`
  }
  if (!isBeyond(departures, present, guard) || departures <= allowed) return undefined
  return `${departures} of ${present} members would depart, which is more than ${guard.count} and more than ${percent(guard.share)}: nobody departs. If they really left, run again with --allow-departures ${departures}.`
}

/** Why no role may be deleted, and what to do about it; undefined when deletions may be applied. */
export function roleDeletionsHeldBecause(gone: number, present: number, allowed: number): string | undefined {
  if (!isBeyond(gone, present, ROLE_GUARD) || gone <= allowed) return undefined
  return `${gone} of ${present} roles would be deleted, which is more than ${ROLE_GUARD.count} and more than ${percent(ROLE_GUARD.share)}: none is. If they are really gone, run again with --allow-role-deletions ${gone}.`
}

const isImplausible = (read: number, expected: number) =>
  read < 1 || expected - read > Math.max(SHORTFALL.count, SHORTFALL.share * expected)

const isBeyond = (count: number, of: number, limit: { readonly count: number; readonly share: number }) =>
  count > limit.count && count > limit.share * of

const percent = (share: number) => `${+(share * 100).toFixed(2)} %`
