/**
 * Asks for the next item while the current one is worked on: at most one item is held ahead, and a slow reader still slows
 * the source.
 *
 * A failure of the item ahead is thrown where that item would have come, after the current one is done with.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  let ahead = iterator.next()
  try {
    while (true) {
      const { done, value } = await ahead
      if (done) return
      ahead = iterator.next()
      // It may fail before anybody waits for it; the await above is what tells.
      ahead.catch(() => {})
      yield value
    }
  } finally {
    // Not awaited: the source answers only after what it is fetching, which nobody wants any more.
    iterator.return?.().catch(() => {})
  }
}
