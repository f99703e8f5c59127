import fc from 'fast-check'
import t from 'tap'
import { Departures } from '../../src/core/departures.js'
import { departuresHeldBecause, type ReadFacts, roleDeletionsHeldBecause } from '../../src/core/guard.js'

const GUARD = { count: 100, share: 0.05 }
const facts = (given: Partial<ReadFacts>): ReadFacts => ({
  read: 10_000,
  expected: 10_000,
  present: 10_000,
  departures: 0,
  allowed: 0,
  ...given,
})
const held = (given: Partial<ReadFacts>) => departuresHeldBecause(facts(given), GUARD)

t.test('departures are held only above the count and above the share', async (t) => {
  t.equal(held({ departures: 500 }), undefined, 'five in a hundred')
  t.match(held({ departures: 501 }), /--allow-departures 501/)
  t.equal(held({ present: 1_000, departures: 100 }), undefined, 'a tenth, but only a hundred')
  t.match(held({ present: 1_000, departures: 101 }), /101 of 1000 members/)
})

t.test('an approval covers as many departures as it names', async (t) => {
  t.equal(held({ departures: 5_000, allowed: 5_000 }), undefined)
  t.match(held({ departures: 5_001, allowed: 5_000 }), /5001/)
})

t.test('an empty read is never believed, approved or not', async (t) => {
  t.match(held({ read: 0, expected: 0, departures: 1, allowed: 1_000_000 }), /listed 0 members/)
  t.match(held({ read: 0, expected: 0 }), /listed 0 members/, 'not even when nobody would depart')
})

t.test('a read may fall short by the larger of ten and five in a hundred', async (t) => {
  t.equal(held({ read: 9_500 }), undefined)
  t.match(held({ read: 9_499, allowed: 1_000_000 }), /cannot be trusted/)
  t.equal(held({ read: 10, expected: 20 }), undefined)
  t.match(held({ read: 9, expected: 20 }), /cannot be trusted/)
  t.equal(held({ read: 10_000, expected: 1 }), undefined, 'more than expected is no shortfall')
})

t.test('whatever the numbers: a shortfall or an unapproved excess departs nobody', async () => {
  const natural = fc.nat({ max: 200_000 })
  const any = fc.record({ read: natural, expected: natural, present: natural, departures: natural, allowed: natural })
  fc.assert(
    fc.property(any, (given) => {
      const { read, expected, present, departures, allowed } = given
      const isShort = read === 0 || (expected - read > 10 && (expected - read) * 20 > expected)
      const isExcess = departures > 100 && departures * 20 > present && departures > allowed
      return (departuresHeldBecause(given, GUARD) !== undefined) === (isShort || isExcess)
    }),
    { numRuns: 1_000 },
  )
})

t.test('role deletions are held above ten and above a quarter', async (t) => {
  t.equal(roleDeletionsHeldBecause(10, 11, 0), undefined)
  t.equal(roleDeletionsHeldBecause(25, 100, 0), undefined)
  t.match(roleDeletionsHeldBecause(26, 100, 0), /--allow-role-deletions 26/)
  t.equal(roleDeletionsHeldBecause(26, 100, 26), undefined)
  t.match(roleDeletionsHeldBecause(26, 100, 25), /none is/)
})

t.test('departures are kept in order up to the limit and counted beyond it', async () => {
  const ids = fc.array(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), { maxLength: 3_000 })
  fc.assert(
    fc.property(ids, fc.integer({ min: 1, max: 2_500 }), (list, limit) => {
      const departures = new Departures(limit)
      for (const id of list) departures.add(id)
      t.equal(departures.count, list.length)
      t.strictSame([...departures], list.slice(0, limit))
    }),
    { numRuns: 30 },
  )
})

t.test('a sample is spread evenly, with the first and the last', async (t) => {
  const departures = new Departures()
  for (let id = 0n; id < 1_000n; id += 1n) departures.add(id)
  const sample = departures.sample(20)
  t.equal(sample.length, 20)
  t.equal(sample.at(0), 0n)
  t.equal(sample.at(-1), 999n)
  t.equal(new Set(sample).size, 20)
  const few = new Departures()
  few.add(7n)
  t.strictSame(few.sample(20), [7n])
})
