import t from 'tap'
import { WorthAsking } from '../../src/core/worth-asking.js'

/** Of so many pages, the places of those that are asked about. */
function askedOf(pages: number, agrees: (page: number) => boolean): number[] {
  const worth = new WorthAsking()
  const asked: number[] = []
  for (let page = 1; page <= pages; page++) {
    if (!worth.next()) continue
    asked.push(page)
    worth.note(agrees(page))
  }
  return asked
}

t.test('every page is asked about while they agree', async (t) => {
  t.strictSame(
    askedOf(4, () => true),
    [1, 2, 3, 4],
  )
})

t.test('fewer and fewer while they differ, and never fewer than every 64th', async (t) => {
  t.strictSame(
    askedOf(260, () => false),
    [1, 3, 7, 15, 31, 63, 127, 191, 255],
  )
})

t.test('every page again as soon as one agrees', async (t) => {
  t.strictSame(
    askedOf(20, (page) => page >= 7),
    [1, 3, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
  )
})
