import t from 'tap'
import { planStorms } from '../../src/chaos/fault-deck.js'
import { FAULT_NAMES } from '../../src/chaos/faults.js'

const namesOf = (seed: number, kinds: readonly string[] = FAULT_NAMES) =>
  planStorms(seed, kinds).map((storm) => storm.map(({ name, atShare }) => `${name} at ${atShare}`))

t.test('deals the same faults for the same seed', async (t) => {
  t.strictSame(namesOf(20210112), namesOf(20210112))
  t.notSame(namesOf(20210112), namesOf(20210113))
})

t.test('goes through every fault in as few rounds as possible', async (t) => {
  const perRound = planStorms(0, FAULT_NAMES).flat().length
  const rounds = Math.ceil(FAULT_NAMES.length / perRound)
  const dealt = Array.from({ length: rounds }, (_, seed) => planStorms(seed, FAULT_NAMES).flat()).flat()
  t.strictSame([...new Set(dealt.map(({ name }) => name))].sort(), [...FAULT_NAMES].sort())
})

t.test('plays with those that were chosen only', async (t) => {
  const names = planStorms(7, ['kill-api', 'reset-api']).flatMap((storm) => storm.map(({ name }) => name))
  t.strictSame([...new Set(names)].sort(), ['kill-api', 'reset-api'])
})
