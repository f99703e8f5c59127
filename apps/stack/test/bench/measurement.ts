import t from 'tap'
import { measure, percentile, spreadOf } from '../../src/bench/measurement.js'

t.test('the median is the middle value, or between the two in the middle', async (t) => {
  t.strictSame(spreadOf([3, 1, 10]), { median: 3, min: 1, max: 10 })
  t.strictSame(spreadOf([10, 1, 9, 2]), { median: 5.5, min: 1, max: 10 })
})

t.test('a spread with a value that is not known is not known', async (t) => {
  t.equal(spreadOf([1, undefined]), undefined)
  t.equal(spreadOf([]), undefined)
})

t.test('meters are read before and after the work', async (t) => {
  let used = 5
  const meters = { known: () => used, unknown: () => undefined }
  const { outcome, measurement } = await measure(meters, async () => {
    used += 2
    return 'done'
  })
  t.equal(outcome, 'done')
  t.strictSame(measurement.cpuSeconds, { known: 2, unknown: undefined })
})

t.test('a percentile is the nearest rank', async (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)
  t.equal(percentile(hundred, 50), 50)
  t.equal(percentile(hundred, 99), 99)
  t.equal(percentile(hundred, 100), 100)
  t.equal(percentile([7], 1), 7)
  t.equal(percentile([1, 2], 51), 2)
  t.equal(percentile([], 50), undefined)
})
