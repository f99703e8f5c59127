import type { Snowflake } from '@rollcall/contract'
import type { HasId } from './merge-join.js'
import { readAhead } from './read-ahead.js'

/**
 * A stream of pages, ascending by id, taken range by range. Where a range begins at which the last one ended, the stream goes
 * on and reads ahead; where something was left out in between, it begins anew behind that.
 *
 * One page is held, and one read ahead; where it begins anew, one that nobody wants any more may be on its way beside them.
 */
export class Ranges<T extends HasId> {
  #pages: AsyncGenerator<readonly T[]> | undefined
  /** Up to where ranges were taken. */
  #place: Snowflake | undefined
  /** Of the last page, what is behind that. */
  #rest: readonly T[] = []
  #lastReadId: Snowflake | undefined

  /**
   * Those above `after` and up to `through`, or to the end. To be read to its end before the next range is asked for.
   *
   * @param open - begins the stream behind `after`, if it has to begin anew
   */
  async *take(
    after: Snowflake | undefined,
    through: Snowflake | undefined,
    open: (after: Snowflake | undefined) => AsyncGenerator<readonly T[]>,
  ): AsyncGenerator<readonly T[]> {
    const pages = this.#pages !== undefined && this.#place === after ? this.#pages : this.#begin(open(after))
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

  /** Nothing is wanted any more. */
  close(): void {
    // Not awaited: a page that is on its way would be waited for. What it fails with concerns nobody.
    this.#pages?.return(undefined).catch(() => {})
    this.#pages = undefined
    this.#rest = []
    this.#lastReadId = undefined
  }

  #begin(stream: AsyncGenerator<readonly T[]>): AsyncGenerator<readonly T[]> {
    this.close()
    this.#pages = aheadFromSecond(stream)
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
  let isAhead = false
  try {
    const { done, value } = await source.next()
    if (done) return
    yield value
    isAhead = true
    yield* readAhead(source)
  } finally {
    if (!isAhead) source.return(undefined).catch(() => {})
  }
}
