import fc from 'fast-check'
import t from 'tap'
import { mergeJoin, OutOfOrderError, type Pair } from '../../src/core/merge-join.js'
import { readAhead } from '../../src/core/read-ahead.js'

interface Item {
  readonly id: bigint
}

/** Pages of these sizes, in turn; an empty page is a page, too. */
async function* pagesOf(ids: readonly bigint[], sizes: readonly number[] = [2]): AsyncGenerator<Item[]> {
  let from = 0
  for (let turn = 0; from < ids.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    yield ids.slice(from, from + size).map((id) => ({ id }))
    from += size
  }
}

async function pairs(left: AsyncIterable<Item[]>, right: AsyncIterable<Item[]>): Promise<(bigint | undefined)[][]> {
  const all: (bigint | undefined)[][] = []
  const sides = [
    { name: 'left', pages: left },
    { name: 'right', pages: right },
  ] as const
  for await (const page of mergeJoin(...sides, (...[l, r]: Pair<Item, Item>) => [l?.id, r?.id])) all.push(...page)
  return all
}

t.test('pairs equal ids and leaves the other side undefined', async (t) => {
  t.strictSame(await pairs(pagesOf([1n, 2n, 4n]), pagesOf([2n, 3n, 4n])), [
    [1n, undefined],
    [2n, 2n],
    [undefined, 3n],
    [4n, 4n],
  ])
})

t.test('an empty side makes every pair one-sided; two make none', async (t) => {
  t.strictSame(await pairs(pagesOf([]), pagesOf([1n])), [[undefined, 1n]])
  t.strictSame(await pairs(pagesOf([1n]), pagesOf([])), [[1n, undefined]])
  t.strictSame(await pairs(pagesOf([]), pagesOf([])), [])
})

t.test('is the full outer join of two sets, whatever the pages', async () => {
  const ids = fc.uniqueArray(fc.bigInt({ min: 0n, max: 60n })).map((list) => list.sort((a, b) => (a < b ? -1 : 1)))
  const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).map((list) => [...list, 1])
  await fc.assert(
    fc.asyncProperty(ids, ids, sizes, sizes, async (left, right, leftSizes, rightSizes) => {
      const union = [...new Set([...left, ...right])].sort((a, b) => (a < b ? -1 : 1))
      const expected = union.map((id) => [left.find((it) => it === id), right.find((it) => it === id)])
      t.strictSame(await pairs(readAhead(pagesOf(left, leftSizes)), pagesOf(right, rightSizes)), expected)
    }),
    { numRuns: 200 },
  )
})

t.test('a repeat or a step back is an error that names the stream, within a page and across pages', async (t) => {
  for (const ids of [
    [1n, 1n],
    [2n, 1n],
    [1n, 2n, 2n],
    [1n, 3n, 2n],
    [1n, 2n, 3n, 1n],
  ]) {
    await t.rejects(pairs(pagesOf(ids), pagesOf([])), OutOfOrderError)
    await t.rejects(pairs(pagesOf([]), pagesOf(ids)), { name: 'OutOfOrderError', message: /^right sent id/ })
  }
})

const idOf = (...[l]: Pair<Item, Item>) => l?.id

t.test('no pair of a page that is out of order is yielded', async (t) => {
  const seen: bigint[] = []
  const read = async () => {
    const left = { name: 'left', pages: pagesOf([1n, 2n, 5n, 4n]) }
    for await (const page of mergeJoin(left, { name: 'right', pages: pagesOf([]) }, idOf)) seen.push(...page)
  }
  await t.rejects(read(), OutOfOrderError)
  t.strictSame(seen, [1n, 2n])
})

t.test('a pair that makes nothing is left out', async (t) => {
  const sides = [
    { name: 'l', pages: pagesOf([1n, 2n, 3n]) },
    { name: 'r', pages: pagesOf([2n]) },
  ] as const
  const made: bigint[] = []
  for await (const page of mergeJoin(...sides, (...[l, r]: Pair<Item, Item>) => (r ? undefined : l.id)))
    made.push(...page)
  t.strictSame(made, [1n, 3n])
})

t.test('both streams are closed when the reader stops early', async (t) => {
  let closed = 0
  async function* endless(): AsyncGenerator<Item[]> {
    try {
      for (let id = 0n; ; id += 1n) yield [{ id }]
    } finally {
      closed += 1
    }
  }
  const sides = [
    { name: 'l', pages: endless() },
    { name: 'r', pages: endless() },
  ] as const
  for await (const _page of mergeJoin(...sides, () => undefined)) break
  t.equal(closed, 2)
})

t.test('reading ahead asks for one item more than was taken, and no further', async (t) => {
  let asked = 0
  async function* source() {
    while (asked < 10) {
      asked += 1
      yield asked
    }
  }
  const ahead = readAhead(source())
  t.equal((await ahead.next()).value, 1)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(asked, 2)
  t.equal((await ahead.next()).value, 2)
  await ahead.return(undefined)
})

t.test('reading ahead throws a failure where the item would have come', async (t) => {
  async function* source() {
    yield 1
    throw new Error('cut')
  }
  const ahead = readAhead(source())
  t.equal((await ahead.next()).value, 1)
  // Time enough for an unhandled rejection to end the process.
  await new Promise((resolve) => setTimeout(resolve, 5))
  await t.rejects(ahead.next(), { message: 'cut' })
})
