import { isStamp, stampOf } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { SharedClock } from '../../../src/live/core/shared-clock.js'

const NOW_MS = Date.parse('2026-11-21T06:30:00Z')

t.test('stamps ascend strictly, whatever the API says of the time', async (t) => {
  const step = fc.record({
    passes: fc.double({ min: 0, max: 50, noNaN: true }),
    told: fc.option(fc.integer({ min: -5_000, max: 5_000 })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let atMs = 0
      const clock = new SharedClock(() => atMs, NOW_MS)
      let last = ''
      for (const { passes, told } of steps) {
        const askedAtMs = atMs
        atMs += passes
        if (told !== null) clock.learn(stampOf(NOW_MS + told), askedAtMs)
        const stamp = clock.stamp()
        if (!isStamp(stamp) || stamp <= last) throw new Error(`${stamp} after ${last}`)
        last = stamp
      }
    }),
  )
  t.pass()
})

t.test('two processes whose clocks are an hour apart agree on what came first', async (t) => {
  let atMs = 1_000
  const ahead = new SharedClock(() => atMs, NOW_MS + 3_600_000)
  const behind = new SharedClock(() => atMs, NOW_MS)
  for (const clock of [ahead, behind]) clock.learn('2026-11-21T06:30:00.123456Z', atMs)
  const first = ahead.stamp()
  atMs += 5
  const second = behind.stamp()
  t.equal(first, '2026-11-21T06:30:00.123456Z')
  t.ok(first < second, `${first} ${second}`)
})

t.test('a slow answer does not replace a fast one, until that is old', async (t) => {
  let atMs = 0
  const clock = new SharedClock(() => atMs, NOW_MS)
  clock.learn(stampOf(NOW_MS), atMs)
  atMs = 2_000
  clock.learn(stampOf(NOW_MS), 0)
  t.equal(clock.nowMs(), NOW_MS + 2_000)
  atMs = 40_000_000
  clock.learn(stampOf(NOW_MS), atMs - 2_000)
  t.equal(clock.nowMs(), NOW_MS + 1_000)
})
