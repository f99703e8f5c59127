import { hash32, SALT } from './hash.js'

/** User ids of 17 digits (the oldest accounts) to 19 (today's). Ids that the simulator hands out otherwise lie above. */
const FIRST_ID = 80_000_000_000_000_000n
const END_ID = 1_400_000_000_000_000_000n

/**
 * The ids of a seeded guild's members, by formula: the range is cut into `count` equal steps and each member's id lies
 * at a seeded place within its own. So ids ascend strictly with the index, and the index is found back by division.
 */
export class MemberIds {
  readonly #step: bigint

  constructor(
    readonly seed: number,
    readonly count: number,
  ) {
    this.#step = (END_ID - FIRST_ID) / BigInt(Math.max(1, count))
  }

  idAt(index: number): bigint {
    const place = (BigInt(hash32(this.seed, index, SALT.id)) * this.#step) >> 32n
    return FIRST_ID + BigInt(index) * this.#step + place
  }

  /** Undefined for an id that is none of these members'. */
  indexOf(id: bigint): number | undefined {
    const index = this.#stepOf(id)
    return index >= 0 && index < this.count && this.idAt(index) === id ? index : undefined
  }

  /** Index of the first member whose id is greater than `after`; `count` if there is none. */
  firstIndexAfter(after: bigint): number {
    const index = this.#stepOf(after)
    if (index < 0) return 0
    if (index >= this.count) return this.count
    return this.idAt(index) > after ? index : index + 1
  }

  /** An id anywhere among the others, because old accounts join too. The caller sees to it that it is free. */
  idForNewcomer(number: number): bigint {
    const high = BigInt(hash32(this.seed, number, SALT.newcomer))
    return FIRST_ID + ((high * (END_ID - FIRST_ID)) >> 32n) + BigInt(number)
  }

  #stepOf(id: bigint): number {
    return id < FIRST_ID ? -1 : Number((id - FIRST_ID) / this.#step)
  }
}
