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
  readonly pages: AsyncIterable<readonly T[]>
}

/**
 * Walks two streams in step and yields the pairs in ascending order, each id once.
 *
 * A sort-merge join: each stream is read once and one page of each is held, so memory does not grow with the guild. Pages,
 * not items, cross the asynchronous border: a thousandth of the awaits.
 *
 * @throws {@link OutOfOrderError} at the first page that breaks its stream's order, before any pair of that page
 */
export async function* mergeJoin<L extends HasId, R extends HasId>(
  left: SortedPages<L>,
  right: SortedPages<R>,
): AsyncGenerator<Pair<L, R>[]> {
  const [l, r] = [new Cursor(left), new Cursor(right)]
  try {
    while (true) {
      await l.fill()
      await r.fill()
      if (l.head === undefined && r.head === undefined) return
      yield pairsAtHand(l, r)
    }
  } finally {
    await Promise.all([l.close(), r.close()])
  }
}

/** Pairs up to where one side needs its next page. */
function pairsAtHand<L extends HasId, R extends HasId>(left: Cursor<L>, right: Cursor<R>): Pair<L, R>[] {
  const pairs: Pair<L, R>[] = []
  while (!left.isHungry && !right.isHungry) {
    const [l, r] = [left.head, right.head]
    if (l !== undefined && (r === undefined || l.id < r.id)) {
      pairs.push([l, undefined])
      left.advance()
    } else if (r !== undefined && (l === undefined || r.id < l.id)) {
      pairs.push([undefined, r])
      right.advance()
    } else if (l !== undefined && r !== undefined) {
      pairs.push([l, r])
      left.advance()
      right.advance()
    } else break
  }
  return pairs
}

/** The place in one stream: the page at hand and the next item of it. */
class Cursor<T extends HasId> {
  readonly #name: string
  readonly #iterator: AsyncIterator<readonly T[]>
  #page: readonly T[] = []
  #index = 0
  #lastId: Snowflake | undefined
  #hasEnded = false

  constructor({ name, pages }: SortedPages<T>) {
    this.#name = name
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
