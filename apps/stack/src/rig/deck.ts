import { Random } from './random.js'

/**
 * Deals kinds like cards: places in a row go through all of them before any comes again, each time in another order, which
 * depends on the place alone.
 */
export function cardAt(place: number, kinds: readonly string[]): string {
  const deck = shuffled(kinds, Math.floor(place / kinds.length))
  const card = deck[place % kinds.length]
  if (card === undefined) throw new Error('There is no fault to choose')
  return card
}

/** Fisher and Yates's. */
function shuffled(kinds: readonly string[], seed: number): string[] {
  const random = new Random(seed)
  const deck: string[] = []
  for (const kind of kinds) {
    const place = random.integer(0, deck.length)
    deck.push(deck[place] ?? kind)
    deck[place] = kind
  }
  return deck
}
