import { cardAt } from '../rig/deck.js'
import { Random } from '../rig/random.js'
import { drawFault, type Fault } from './faults.js'

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
