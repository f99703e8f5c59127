import t from 'tap'
import { Departures } from '../../src/core/departures.js'

const ids = (count: number) => Array.from({ length: count }, (_, index) => BigInt(index) * 3n)

t.test('pages hold every id that was kept, once and in order, a thousand at most', async (t) => {
  for (const count of [0, 1, 999, 1_000, 1_001, 2_500]) {
    const departures = new Departures()
    for (const id of ids(count)) departures.add(id)
    const pages = [...departures.pages()]
    t.strictSame(pages.flat(), ids(count))
    t.strictSame(pages.flat(), [...departures])
    t.equal(pages.length, Math.ceil(count / 1_000))
    t.ok(pages.every((page) => page.length <= 1_000))
  }
})

t.test('past its limit it only counts', async (t) => {
  const departures = new Departures(2)
  for (const id of ids(5)) departures.add(id)
  t.equal(departures.count, 5)
  t.strictSame([...departures.pages()], [ids(2)])
})
