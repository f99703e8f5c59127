import { isDeepStrictEqual } from 'node:util'
import { ConflictError } from '../conflict-error.js'
import { applyRule, type BulkEdit, type Rule, type Subject, touches } from './bulk-edit.js'
import { hash32, SALT } from './hash.js'
import type { Member } from './member.js'
import { MemberIds } from './member-ids.js'
import { seededMember } from './seeded-member.js'
import type { SeededRoles } from './seeded-roles.js'

/** Bounds of what is remembered beside the formula. */
export const MAX_EDITED_MEMBERS = 250_000
export const MAX_RULES = 1_000

/**
 * A member who is not as the formula says: what differs from it, or everything of somebody who is not seeded. The roles are
 * those before all rules from `ruleCount` on.
 */
interface Edited {
  readonly differences: Partial<Member>
  readonly ruleCount: number
}

/** What an edit of one member may name. */
export type MemberEdit = Partial<Pick<Member, 'username' | 'global_name' | 'nick' | 'roles'>>

/**
 * The members of one guild, ascending by id and never all in memory: each is computed when asked for, from the seed, then
 * from the single edits kept by id (an overlay), then from the bulk edits made after that (rules, in order).
 *
 * A page costs time in proportion to its size and to the number of rules; memory grows with the single edits only.
 */
export class Members {
  readonly #ids: MemberIds
  /** `undefined` stands for a seeded member who has left. */
  readonly #overlay = new Map<bigint, Edited | undefined>()
  /** Present members who are not seeded, ascending. */
  readonly #newcomers: bigint[] = []
  readonly #rules: Rule[] = []
  #seededAbsent = 0
  #joins = 0

  constructor(
    readonly seed: number,
    seededCount: number,
    readonly seededRoles: SeededRoles,
    /** The roles that exist now; a role that is not in it is nobody's. */
    readonly existingRoles: ReadonlyMap<string, unknown>,
  ) {
    this.#ids = new MemberIds(seed, seededCount)
  }

  get count(): number {
    return this.#ids.count - this.#seededAbsent + this.#newcomers.length
  }

  get editedCount(): number {
    return this.#overlay.size
  }

  /** Everybody who was edited, has left or is not seeded, as they are now; undefined: not in the guild. */
  *edited(): Generator<[id: bigint, member: Member | undefined]> {
    for (const id of this.#overlay.keys()) yield [id, this.get(id)]
  }

  /** How many members the seed describes, whether they have left or not. */
  get seededCount(): number {
    return this.#ids.count
  }

  /** The id of seeded member `index`; undefined when there are not so many. */
  seededId(index: number): bigint | undefined {
    return index < this.#ids.count ? this.#ids.idAt(index) : undefined
  }

  has(id: bigint): boolean {
    if (this.#overlay.has(id)) return this.#overlay.get(id) !== undefined
    return this.#ids.indexOf(id) !== undefined
  }

  get(id: bigint): Member | undefined {
    const base = this.#base(id)
    return base && this.#after(base)
  }

  /** Up to `limit` members with ids above `after`, ascending. */
  page(after: bigint, limit: number): Member[] {
    const page: Member[] = []
    let index = this.#ids.firstIndexAfter(after)
    let newcomer = firstAbove(this.#newcomers, after)
    while (page.length < limit) {
      const seededId = index < this.#ids.count ? this.#ids.idAt(index) : undefined
      const newcomerId = this.#newcomers[newcomer]
      if (newcomerId !== undefined && (seededId === undefined || newcomerId < seededId)) {
        page.push(this.get(newcomerId) as Member)
        newcomer += 1
      } else if (seededId !== undefined) {
        const member = this.#overlay.has(seededId) ? this.get(seededId) : this.#after(this.#seededBase(index, seededId))
        if (member) page.push(member)
        index += 1
      } else break
    }
    return page
  }

  /** All members in pages, each computed when it is asked for. */
  *pages(size = 1_000): Generator<Member[]> {
    let after = 0n
    for (let page = this.page(after, size); page.length > 0; page = this.page(after, size)) {
      yield page
      after = page.at(-1)?.id ?? after
    }
  }

  /** @returns the member after the edit; undefined when there is no such member */
  edit(id: bigint, edit: MemberEdit): Member | undefined {
    const before = this.get(id)
    return before && this.#put({ ...before, ...edit })
  }

  /** Adds a member that a formula of the guild makes up; one with an explicit id that was here before is a rejoin. */
  join(joinedAt: string, id = this.#freeId()): Member {
    if (this.has(id)) throw new ConflictError(`The member ${id} is in the guild already`)
    const index = this.#ids.indexOf(id)
    this.#joins += 1
    const made = seededMember(this.seed, index ?? this.#ids.count + this.#joins, id, this.seededRoles)
    const roles = [this.seededRoles.membersId].filter((role) => this.existingRoles.has(role))
    return this.add({ ...made, nick: null, roles, joined_at: joinedAt, flags: index === undefined ? 0 : 1 })
  }

  /** Adds a member as given, such as the bot itself. */
  add(member: Member): Member {
    this.#put(member)
    if (this.#ids.indexOf(member.id) === undefined) {
      this.#newcomers.splice(firstAbove(this.#newcomers, member.id), 0, member.id)
    } else this.#seededAbsent -= 1
    return member
  }

  /** @returns false when there is no such member */
  leave(id: bigint): boolean {
    if (!this.has(id)) return false
    if (this.#ids.indexOf(id) === undefined) {
      this.#overlay.delete(id)
      this.#newcomers.splice(firstAbove(this.#newcomers, id) - 1, 1)
    } else {
      this.#remember(id, undefined)
      this.#seededAbsent += 1
    }
    return true
  }

  /** @returns how many members the rule looks at; whether it changes one depends on the rule and the member's roles */
  bulkEdit(edit: BulkEdit, assignable: readonly string[]): number {
    if (this.#rules.length >= MAX_RULES) throw new ConflictError(`A guild keeps at most ${MAX_RULES} bulk edits`)
    const rule = { edit, assignable, seed: hash32(this.seed, this.#rules.length, SALT.rotation) }
    this.#rules.push(rule)
    if (edit.from_index === undefined && edit.to_index === undefined) return this.count
    const end = Math.min(edit.to_index ?? this.#ids.count, this.#ids.count)
    let touched = Math.max(0, end - (edit.from_index ?? 0))
    for (const [id, edited] of this.#overlay) {
      const index = this.#ids.indexOf(id)
      if (edited === undefined && touches(rule, { index, number: 0 })) touched -= 1
    }
    return touched
  }

  get ruleCount(): number {
    return this.#rules.length
  }

  /** Whether bulk edit `place`, from 0, gave a member another set of roles that no single edit has replaced since. */
  isChangedBy(place: number, id: bigint): boolean {
    const base = this.#base(id)
    const rule = this.#rules[place]
    if (base === undefined || rule === undefined || base.ruleCount > place) return false
    const before = this.#rolesAfter(base, place)
    return applyRule(rule, subjectOf(base), before) !== before
  }

  /** Whether a member would have a role that has been deleted. */
  wouldHave(roleId: string, id: bigint): boolean {
    const base = this.#base(id)
    return base !== undefined && this.#rolesAfter(base, this.#rules.length).includes(roleId)
  }

  #base(id: bigint): Base | undefined {
    const index = this.#ids.indexOf(id)
    if (this.#overlay.has(id)) {
      const edited = this.#overlay.get(id)
      return edited && { member: this.#memberOf(id, edited, index), ruleCount: edited.ruleCount, index }
    }
    return index === undefined ? undefined : this.#seededBase(index, id)
  }

  #seededBase(index: number, id: bigint): Base {
    return { member: seededMember(this.seed, index, id, this.seededRoles), ruleCount: 0, index }
  }

  #memberOf(id: bigint, { differences }: Edited, index: number | undefined): Member {
    if (index === undefined) return differences as Member
    return { ...seededMember(this.seed, index, id, this.seededRoles), ...differences }
  }

  /** Deleted roles are among them. */
  #rolesAfter(base: Base, end: number): readonly string[] {
    let { roles } = base.member
    if (base.ruleCount >= end) return roles
    const subject = subjectOf(base)
    for (let rule = base.ruleCount; rule < end; rule++) roles = applyRule(this.#rules[rule] as Rule, subject, roles)
    return roles
  }

  /** Copies nobody whom no rule and no deleted role concerns. */
  #after(base: Base): Member {
    const roles = this.#existing(this.#rolesAfter(base, this.#rules.length))
    return roles === base.member.roles ? base.member : { ...base.member, roles }
  }

  #existing(roles: readonly string[]): readonly string[] {
    const exists = (id: string) => this.existingRoles.has(id)
    return roles.every(exists) ? roles : roles.filter(exists)
  }

  #put(member: Member): Member {
    const index = this.#ids.indexOf(member.id)
    const seeded = index === undefined ? undefined : seededMember(this.seed, index, member.id, this.seededRoles)
    const differences = seeded === undefined ? member : differencesOf(member, seeded)
    this.#remember(member.id, { differences, ruleCount: this.#rules.length })
    return member
  }

  #remember(id: bigint, edited: Edited | undefined): void {
    if (!this.#overlay.has(id) && this.#overlay.size >= MAX_EDITED_MEMBERS) {
      throw new ConflictError(`A guild keeps at most ${MAX_EDITED_MEMBERS} members edited one by one`)
    }
    this.#overlay.set(id, edited)
  }

  #freeId(): bigint {
    for (let number = this.#joins; ; number++) {
      const id = this.#ids.idForNewcomer(number)
      if (!this.#overlay.has(id) && this.#ids.indexOf(id) === undefined) return id
    }
  }
}

/** A member before the rules from `ruleCount` on. */
interface Base {
  readonly member: Member
  readonly ruleCount: number
  /** Undefined for who is not seeded. */
  readonly index: number | undefined
}

const subjectOf = ({ member, index }: Base): Subject => ({ index, number: index ?? Number(member.id & 0xffff_ffffn) })

/** The fields that are not equal. */
function differencesOf(member: Member, seeded: Member): Partial<Member> {
  const differs = ([field, value]: [string, unknown]) => !isDeepStrictEqual(value, seeded[field as keyof Member])
  return Object.fromEntries(Object.entries(member).filter(differs))
}

/** Binary search: the place of the first id greater than `after`. */
function firstAbove(ids: readonly bigint[], after: bigint): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ids[middle] as bigint) > after) high = middle
    else low = middle + 1
  }
  return low
}
