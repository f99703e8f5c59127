import type { Snowflake } from '@rollcall/contract'

export interface HasId {
  readonly id: Snowflake
}

/** One id on either side; `undefined` where a side lacks it, never on both. */
export type Pair<L, R> = readonly [L, R] | readonly [L, undefined] | readonly [undefined, R]

/** A stream that promised ascending ids without repeats broke the promise: nothing can be concluded from it. */
export class OutOfOrderError extends Error {
  override readonly name = 'OutOfOrderError'

  constructor(
    readonly stream: string,
    readonly previousId: Snowflake,
    readonly id: Snowflake,
  ) {
    super(`${stream} sent id ${id} after ${previousId}: its order cannot be trusted`)
  }
}

/** A stream of pages, ascending by id without repeats, across page borders too; a page may be empty. */
export interface SortedPages<T extends HasId> {
  /** For {@link OutOfOrderError}. */
  readonly name: string
  /** All ids are above it. */
  readonly after?: Snowflake | undefined
  readonly pages: AsyncIterable<readonly T[]>
}

/**
 * Walks two streams in step, in ascending order and each id once, and yields what `join` makes of the pairs.
 *
 * A sort-merge join: each stream is read once and one page of each is held, so memory does not grow with the guild. Pages,
 * not items, cross the asynchronous border: a thousandth of the awaits. Most pairs make nothing, so none is an object.
 *
 * @param join - undefined for a pair that makes nothing
 * @throws {@link OutOfOrderError} at the first page that breaks its stream's order, before any pair of that page
 */
export async function* mergeJoin<L extends HasId, R extends HasId, T>(
  left: SortedPages<L>,
  right: SortedPages<R>,
  join: (...pair: Pair<L, R>) => T | undefined,
): AsyncGenerator<T[]> {
  const [l, r] = [new Cursor(left), new Cursor(right)]
  try {
    while (true) {
      await l.fill()
      await r.fill()
      if (l.head === undefined && r.head === undefined) return
      yield joinedAtHand(l, r, join)
    }
  } finally {
    await Promise.all([l.close(), r.close()])
  }
}

/** Of the pairs up to where one side needs its next page. */
function joinedAtHand<L extends HasId, R extends HasId, T>(
  left: Cursor<L>,
  right: Cursor<R>,
  join: (...pair: Pair<L, R>) => T | undefined,
): T[] {
  const joined: T[] = []
  while (!left.isHungry && !right.isHungry) {
    const [l, r] = [left.head, right.head]
    let made: T | undefined
    if (l !== undefined && (r === undefined || l.id < r.id)) {
      left.advance()
      made = join(l, undefined)
    } else if (r !== undefined && (l === undefined || r.id < l.id)) {
      right.advance()
      made = join(undefined, r)
    } else if (l !== undefined && r !== undefined) {
      left.advance()
      right.advance()
      made = join(l, r)
    } else break
    if (made !== undefined) joined.push(made)
  }
  return joined
}

/** The place in one stream: the page at hand and the next item of it. */
class Cursor<T extends HasId> {
  readonly #name: string
  readonly #iterator: AsyncIterator<readonly T[]>
  #page: readonly T[] = []
  #index = 0
  #lastId: Snowflake | undefined
  #hasEnded = false

  constructor({ name, after, pages }: SortedPages<T>) {
    this.#name = name
    this.#lastId = after
    this.#iterator = pages[Symbol.asyncIterator]()
  }

  /** Undefined only at the end of the stream, provided that the cursor is not hungry. */
  get head(): T | undefined {
    return this.#page[this.#index]
  }

  /** The page is used up and there may be another. */
  get isHungry(): boolean {
    return this.#index === this.#page.length && !this.#hasEnded
  }

  advance(): void {
    this.#index += 1
  }

  async fill(): Promise<void> {
    while (this.isHungry) {
      const { done, value } = await this.#iterator.next()
      this.#hasEnded = done === true
      this.#page = done ? [] : value
      this.#index = 0
      for (const { id } of this.#page) {
        if (this.#lastId !== undefined && id <= this.#lastId) throw new OutOfOrderError(this.#name, this.#lastId, id)
        this.#lastId = id
      }
    }
  }

  async close(): Promise<void> {
    await this.#iterator.return?.()
  }
}
