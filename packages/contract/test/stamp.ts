import fc from 'fast-check'
import t from 'tap'
import { isStamp, stampOf } from '../src/index.js'

t.test('the stamp of every instant of these centuries is a stamp of that instant', async () => {
  const instants = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })
  fc.assert(fc.property(instants, (timeMs) => isStamp(stampOf(timeMs)) && Date.parse(stampOf(timeMs)) === timeMs))
})

t.test('up to six decimals are kept as they are', async (t) => {
  t.ok(isStamp('2026-11-21T06:30:00Z'))
  t.ok(isStamp('2026-11-21T06:30:00.1Z'))
  t.ok(isStamp('2026-11-21T06:30:00.123456Z'))
  t.notOk(isStamp('2026-11-21T06:30:00.1234567Z'))
})

t.test('days and times that do not exist are no stamps', async (t) => {
  t.notOk(isStamp('2026-02-29T00:00:00Z'))
  t.ok(isStamp('2028-02-29T00:00:00Z'))
  t.notOk(isStamp('2026-02-31T00:00:00Z'))
  t.notOk(isStamp('2026-11-21T24:00:00Z'))
  t.notOk(isStamp('2026-13-01T00:00:00Z'))
  t.notOk(isStamp('2026-11-21T06:30:60Z'))
})

t.test('other zones and other forms are no stamps', async (t) => {
  for (const text of ['2026-11-21T06:30:00+00:00', '2026-11-21 06:30:00Z', '2026-11-21', 'now', ''])
    t.notOk(isStamp(text))
})

t.test('text order is time order among stamps of one precision', async () => {
  const instants = fc.integer({ min: 0, max: Date.UTC(9999, 0) })
  fc.assert(fc.property(instants, instants, (a, b) => stampOf(a) < stampOf(b) === a < b))
})
