import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { Ranges } from '../../src/core/ranges.js'

interface Item {
  readonly id: bigint
}

/** A stream of these, in pages of this size, that notes where it is begun and which pages it is asked for. */
function streamOf(ids: readonly bigint[], size: number) {
  const begun: (bigint | undefined)[] = []
  const fetched: bigint[] = []
  let closed = 0
  async function* open(after: bigint | undefined): AsyncGenerator<Item[]> {
    begun.push(after)
    const rest = ids.filter((id) => after === undefined || id > after)
    try {
      yield* pagesOf(rest)
    } finally {
      closed += 1
    }
  }
  async function* pagesOf(rest: readonly bigint[]): AsyncGenerator<Item[]> {
    for (let from = 0; from < rest.length; from += size) {
      const page = rest.slice(from, from + size)
      fetched.push(...page)
      yield page.map((id) => ({ id }))
    }
  }
  const ranges = new Ranges<Item>()
  const take = (after: bigint | undefined, through: bigint | undefined) => idsOf(ranges.take(after, through, open))
  return { begun, fetched, take, close: () => ranges.close(), closed: () => closed }
}

async function idsOf(pages: AsyncIterable<readonly Item[]>): Promise<bigint[]> {
  const ids: bigint[] = []
  for await (const page of pages) ids.push(...page.map(({ id }) => id))
  return ids
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index + 1))

t.test('is what lies within each range, whatever the pages and whichever are left out', async (t) => {
  const ids = fc.uniqueArray(fc.bigInt({ min: 1n, max: 60n }), { maxLength: 40 })
  const ends = fc.uniqueArray(fc.bigInt({ min: 1n, max: 60n }), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      ids,
      ends,
      fc.array(fc.boolean()),
      fc.integer({ min: 1, max: 9 }),
      async (ids, ends, out, size) => {
        const ascending = (a: bigint, b: bigint) => (a < b ? -1 : 1)
        const all = ids.sort(ascending)
        const { take } = streamOf(all, size)
        let after: bigint | undefined
        for (const [index, through] of [...ends.sort(ascending), undefined].entries()) {
          const start = after
          if (!out[index]) {
            const within = all.filter((id) => id > (start ?? 0n) && (through === undefined || id <= through))
            t.strictSame(await take(start, through), within)
          }
          after = through
        }
      },
    ),
    { numRuns: 200 },
  )
})

t.test('goes on where the last range ended, and begins anew behind what was left out', async (t) => {
  const { begun, take } = streamOf(upTo(40), 5)
  await take(undefined, 7n)
  await take(7n, 10n)
  t.strictSame(begun, [undefined])
  await take(20n, 25n)
  await take(25n, undefined)
  t.strictSame(begun, [undefined, 20n])
})

t.test(
  'fetches nothing behind a range that is a page, and reads ahead once the range after it is wanted',
  async (t) => {
    const { fetched, take } = streamOf(upTo(40), 5)
    await take(undefined, 5n)
    t.strictSame(fetched, upTo(5))
    await take(5n, 10n)
    t.strictSame(fetched, upTo(15))
  },
)

t.test('a stream that is left, or not wanted any more, is closed', async (t) => {
  const { take, close, closed } = streamOf(upTo(40), 5)
  await take(undefined, 5n)
  await take(20n, 25n)
  t.equal(closed(), 1)
  await take(25n, 30n)
  close()
  await setImmediate()
  t.equal(closed(), 2)
})

t.test('a failure is thrown in the range that needs the page', async (t) => {
  async function* open(): AsyncGenerator<Item[]> {
    yield [{ id: 1n }, { id: 3n }]
    throw new Error('cut')
  }
  const ranges = new Ranges<Item>()
  t.strictSame(await idsOf(ranges.take(undefined, 2n, open)), [1n])
  await t.rejects(idsOf(ranges.take(2n, undefined, open)), { message: 'cut' })
})
