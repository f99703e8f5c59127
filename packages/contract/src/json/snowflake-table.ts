import type { Snowflake } from '../snowflake.js'

/** A power of two. */
const SLOTS = 1_024
/** 2^32 divided by it: Fibonacci hashing. @see Knuth, The Art of Computer Programming, 6.4 */
const GOLDEN_RATIO = 0x9e3779b1
/** Twice what a guild has of roles; the table never fills, so that a search ends. What comes after them is made anew each time. */
const MAX_REMEMBERED = SLOTS / 2

/**
 * Ids that come again and again, such as those of the roles of a page of members: each is made once, and found again by its
 * digits, without making a text or a `bigint` to look it up by.
 *
 * An open-addressing hash table with linear probing. It is made for one page, and bounded.
 */
export class SnowflakeTable {
  /** An id in three small integers: its first nine digits, the next nine, and what is left of it with its length. */
  readonly #heads = new Int32Array(SLOTS)
  readonly #tails = new Int32Array(SLOTS)
  readonly #rests = new Int32Array(SLOTS)
  readonly #ids: (Snowflake | undefined)[] = new Array(SLOTS)
  #remembered = 0
  /** Where the last search ended without finding, and what for. */
  #slot = 0
  #head = 0
  #tail = 0
  #rest = 0

  find(head: number, tail: number, rest: number): Snowflake | undefined {
    let slot = (Math.imul(tail ^ head, GOLDEN_RATIO) >>> 8) & (SLOTS - 1)
    for (let id = this.#ids[slot]; id !== undefined; id = this.#ids[slot]) {
      if (this.#tails[slot] === tail && this.#heads[slot] === head && this.#rests[slot] === rest) return id
      slot = (slot + 1) & (SLOTS - 1)
    }
    this.#slot = slot
    this.#head = head
    this.#tail = tail
    this.#rest = rest
    return undefined
  }

  /** Remembers what was sought last and not found, while there is room. */
  add(id: Snowflake): void {
    if (this.#remembered === MAX_REMEMBERED) return
    this.#remembered++
    this.#heads[this.#slot] = this.#head
    this.#tails[this.#slot] = this.#tail
    this.#rests[this.#slot] = this.#rest
    this.#ids[this.#slot] = id
  }
}
