/** After so many pages at most it is asked again. */
const MAX_LET_PASS = 63

/**
 * Whether it is worth asking if the mirror agrees with a page, instead of reading the mirror at once: where one page differs,
 * because a role was deleted or the mirror is new, the next ones are likely to. After one that differs, one page is let pass;
 * after the next that differs three, then seven, and so on.
 */
export class WorthAsking {
  #letPass = 0
  #leftToPass = 0

  /** Of the next page; to be asked once for each. */
  next(): boolean {
    if (this.#leftToPass === 0) return true
    this.#leftToPass -= 1
    return false
  }

  /** What came of asking. @returns the same */
  note(agrees: boolean): boolean {
    this.#letPass = agrees ? 0 : Math.min(2 * this.#letPass + 1, MAX_LET_PASS)
    this.#leftToPass = this.#letPass
    return agrees
  }
}
