import t from 'tap'
import { BackOff } from '../../../src/live/core/back-off.js'
import { endsSession, explainRefusal } from '../../../src/live/core/close-codes.js'
import { ordinalOf, preferredShards, shardOf } from '../../../src/live/core/preferred-shards.js'
import { isSessionOver } from '../../../src/live/core/resume-rules.js'
import { StartOvers } from '../../../src/live/core/start-overs.js'

t.test('the pause before a connection grows to a minute, and is none after a good one', async (t) => {
  const backOff = new BackOff(() => 1)
  const delays: number[] = []
  for (let attempt = 0; attempt < 9; attempt += 1) {
    delays.push(backOff.delayMs())
    backOff.closed(0)
  }
  t.strictSame(delays, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  backOff.ready(0)
  backOff.closed(60_000)
  t.equal(backOff.delayMs(), 0)
  backOff.ready(60_000)
  backOff.closed(60_001)
  t.equal(backOff.delayMs(), 1_000, 'a connection that is closed at once was none')
})

t.test('a session is over when Discord says so, and not when a connection fails', async (t) => {
  const letGo = { isOurs: false, closeCode: undefined, hasHello: true }
  t.ok(isSessionOver(letGo), 'Invalid Session')
  t.ok(isSessionOver({ ...letGo, closeCode: 4_007 }))
  t.ok(isSessionOver({ ...letGo, closeCode: 1_000 }))
  t.notOk(isSessionOver({ ...letGo, closeCode: 1_006 }), 'a connection that was cut')
  t.notOk(isSessionOver({ ...letGo, hasHello: false }), 'a connection that never came about')
  t.notOk(isSessionOver({ ...letGo, isOurs: true }), 'our own end, after which somebody resumes')
})

t.test('what Discord refuses for good is explained, and what it does not is tried again', async (t) => {
  for (const code of [4_004, 4_010, 4_011, 4_012, 4_013, 4_014]) {
    t.match(explainRefusal(code), new RegExp(`${code}|version 10`))
    t.ok(endsSession(code))
  }
  for (const code of [1_006, 4_000, 4_009]) {
    t.equal(explainRefusal(code), undefined)
    t.notOk(endsSession(code))
  }
})

t.test('new sessions that this process asks for are spaced, more and more, until an hour was quiet', async (t) => {
  const startOvers = new StartOvers()
  const pauses = Array.from({ length: 10 }, (_, n) => startOvers.pauseMs(n * 1_000) / 1_000)
  t.strictSame(pauses, [0, 5, 10, 20, 40, 80, 160, 320, 600, 600])
  t.equal(startOvers.pauseMs(3_609_000), 600_000)
  t.equal(startOvers.pauseMs(7_209_001), 0)
})

t.test('a process asks first for the shards of its ordinal', async (t) => {
  t.equal(ordinalOf(undefined, 'bot-syncer-3'), 3)
  t.equal(ordinalOf(0, 'bot-syncer-3'), 0)
  t.equal(ordinalOf(undefined, 'laptop'), undefined)
  t.strictSame(preferredShards(1, 2, 5), [2, 3])
  t.strictSame(preferredShards(2, 2, 5), [4])
  t.strictSame(preferredShards(3, 2, 5), [])
  t.strictSame(preferredShards(undefined, 2, 5), [])
  t.equal(shardOf('267624335836053506', 7), Number((267_624_335_836_053_506n >> 22n) % 7n))
})
