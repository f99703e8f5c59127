import { drawFault, type Fault } from './faults.js'
import { Random } from './random.js'

const STORMS = 2
const FAULTS_PER_STORM = 3

/**
 * The faults of a round, storm by storm, from its seed alone. They are dealt like cards: rounds with seeds in a row go
 * through all kinds before any comes again, each time in another order.
 */
export function planStorms(seed: number, kinds: readonly string[]): Fault[][] {
  const random = new Random(seed)
  const first = seed * STORMS * FAULTS_PER_STORM
  return Array.from({ length: STORMS }, (_, storm) =>
    Array.from({ length: FAULTS_PER_STORM }, (_, card) =>
      drawFault(random, cardAt(first + storm * FAULTS_PER_STORM + card, kinds)),
    ),
  )
}

function cardAt(place: number, kinds: readonly string[]): string {
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
