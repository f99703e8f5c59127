import type { Snowflake } from '../snowflake.js'

/** A power of two. */
const SLOTS = 1_024
/** Twice what a guild has of roles; the table never fills, so that a search ends. What comes after them is made anew each time. */
const MAX_REMEMBERED = SLOTS / 2

/** 2^32 divided by it: Fibonacci hashing. @see Knuth, The Art of Computer Programming, 6.4 */
const GOLDEN_RATIO = 0x9e3779b1

/** Only ids with so many digits are remembered: all that Discord made since its first weeks. */
export const REMEMBERED_DIGITS = [18, 19, 17] as const

/** Four digits are read at a time: the first sixteen, and the last four, some of them twice. */
const WORDS = 5

/**
 * Ids that come again and again, such as those of the roles of a page of members: each is made once, and found again by the
 * bytes of its digits, without looking at each, or making a text or a `bigint` to look it up by.
 *
 * An open-addressing hash table with linear probing. It is made for one page, and bounded.
 */
export class SnowflakeTable {
  readonly #words = new Int32Array(SLOTS * WORDS)
  readonly #digits = new Uint8Array(SLOTS)
  readonly #ids: (Snowflake | undefined)[] = new Array(SLOTS)
  #remembered = 0

  /**
   * The id whose digits stand from `start` up to `end`, if it is remembered: whatever is not an id is not. They have to be as
   * many as {@link REMEMBERED_DIGITS} says.
   */
  find(bytes: DataView, start: number, end: number): Snowflake | undefined {
    const first = bytes.getInt32(start)
    const second = bytes.getInt32(start + 4)
    const third = bytes.getInt32(start + 8)
    const fourth = bytes.getInt32(start + 12)
    const last = bytes.getInt32(end - 4)
    const words = this.#words
    for (let slot = slotOf(fourth, last); ; slot = (slot + 1) & (SLOTS - 1)) {
      const id = this.#ids[slot]
      if (id === undefined) return undefined
      const at = slot * WORDS
      const isLikely = words[at + 4] === last && words[at + 3] === fourth && this.#digits[slot] === end - start
      if (isLikely && words[at + 2] === third && words[at + 1] === second && words[at] === first) return id
    }
  }

  /** Remembers the id whose digits, as many, stand there, while there is room. */
  add(bytes: DataView, start: number, end: number, id: Snowflake): void {
    const digits = end - start
    if (this.#remembered === MAX_REMEMBERED) return
    this.#remembered++
    const fourth = bytes.getInt32(start + 12)
    const last = bytes.getInt32(end - 4)
    let slot = slotOf(fourth, last)
    while (this.#ids[slot] !== undefined) slot = (slot + 1) & (SLOTS - 1)
    this.#ids[slot] = id
    this.#digits[slot] = digits
    for (let word = 0; word < 4; word++) this.#words[slot * WORDS + word] = bytes.getInt32(start + word * 4)
    this.#words[slot * WORDS + 4] = last
  }
}

const slotOf = (fourth: number, last: number) =>
  (Math.imul(fourth ^ Math.imul(last, GOLDEN_RATIO), GOLDEN_RATIO) >>> 8) & (SLOTS - 1)
