import type { Snowflake } from '@rollcall/contract'
import type { HasId } from './merge-join.js'
import { readAhead } from './read-ahead.js'

/**
 * A stream of pages, ascending by id, taken range by range. Where a range begins at which the last one ended, the stream goes
 * on and reads ahead; where something was left out in between, it begins anew behind that.
 *
 * One page is held, and one read ahead.
 */
export class Ranges<T extends HasId> {
  readonly #open: (after: Snowflake | undefined) => AsyncGenerator<readonly T[]>
  #pages: AsyncGenerator<readonly T[]> | undefined
  /** Up to where ranges were taken. */
  #place: Snowflake | undefined
  /** Of the last page, what is behind that. */
  #rest: readonly T[] = []
  #lastReadId: Snowflake | undefined

  /** @param open - the stream of what comes after an id, or of all */
  constructor(open: (after: Snowflake | undefined) => AsyncGenerator<readonly T[]>) {
    this.#open = open
  }

  /** Those above `after` and up to `through`, or to the end. To be read to its end before the next range is asked for. */
  async *take(after: Snowflake | undefined, through: Snowflake | undefined): AsyncGenerator<readonly T[]> {
    const pages = this.#pages !== undefined && this.#place === after ? this.#pages : this.#begin(after)
    this.#place = through
    while (true) {
      const end = endOf(this.#rest, through)
      if (end > 0) yield this.#rest.slice(0, end)
      this.#rest = this.#rest.slice(end)
      if (through !== undefined && this.#lastReadId !== undefined && this.#lastReadId >= through) return
      const { done, value } = await pages.next()
      if (done) return
      this.#rest = value
      this.#lastReadId = value.at(-1)?.id ?? this.#lastReadId
    }
  }

  #begin(after: Snowflake | undefined): AsyncGenerator<readonly T[]> {
    void this.#pages?.return(undefined)
    this.#rest = []
    this.#lastReadId = undefined
    this.#pages = aheadFromSecond(this.#open(after))
    return this.#pages
  }
}

/** How many items of a page are up to that id. */
function endOf<T extends HasId>(page: readonly T[], through: Snowflake | undefined): number {
  const last = page.at(-1)
  if (through === undefined || last === undefined || last.id <= through) return page.length
  return page.findIndex(({ id }) => id > through)
}

/** Many a range is a single page: the one behind it is fetched once another was asked for. */
async function* aheadFromSecond<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  const { done, value } = await source.next()
  if (done) return
  yield value
  yield* readAhead(source)
}
