import { MAX_ROLES_PER_MEMBER } from '../limits.js'

/** About a quarter of a megabyte of JSON, twice what the roles of a thousand ordinary members come to. */
export const MAX_ROLE_IDS_PER_PAGE = 12_500

/** Of the first page, about which nothing is known: even if all its members have every role, it is not too large. */
export const FIRST_PAGE_LIMIT = MAX_ROLE_IDS_PER_PAGE / MAX_ROLES_PER_MEMBER

/** What makes a member heavy. */
export interface WeighedMember {
  readonly roles: readonly unknown[]
}

/**
 * How many members to ask for first.
 *
 * @param like - members who are likely to be them, or to be like them; none tell nothing
 * @returns 1 to `max`
 */
export const firstPageLimit = (like: readonly WeighedMember[], max: number): number =>
  Math.min(nextPageLimit(like, max), Math.max(like.length, FIRST_PAGE_LIMIT))

/**
 * How many members to ask for next, so that a page stays about as large as it may be. Only role ids make a member much
 * heavier than another, and neighbours are alike: the last page tells what to expect of the next.
 *
 * @param page - the last one; an empty page tells nothing
 * @returns 1 to `max`
 */
export function nextPageLimit(page: readonly WeighedMember[], max: number): number {
  const roleIds = page.reduce((sum, member) => sum + member.roles.length, 0)
  const fitting = Math.floor((page.length * MAX_ROLE_IDS_PER_PAGE) / Math.max(1, roleIds))
  return page.length === 0 ? Math.min(FIRST_PAGE_LIMIT, max) : Math.max(1, Math.min(fitting, max))
}
