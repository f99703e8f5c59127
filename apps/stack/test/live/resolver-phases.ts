import t from 'tap'
import { judgePhase, type Phase } from '../../src/live/resolver-phases.js'

const HOST = 'api.rollcall.test'
const LIMITS = { hosts: [HOST], lifetimeMs: 5_000, lagP99Seconds: 1 }
const PHASE: Phase = {
  name: 'slow',
  ms: 30_100,
  events: 600,
  lagP99Seconds: 1,
  resumes: 10,
  cuts: 15,
  asked: new Map([[HOST, 7]]),
  failures: 7,
  fromMemory: 20,
  waited: 0,
}

t.test('a phase with as many look-ups and as much lag as there may be is as it must be', async (t) => {
  t.strictSame(judgePhase(PHASE, LIMITS), [])
})

const FAULTY: readonly (readonly [Partial<Phase>, RegExp])[] = [
  [{ asked: new Map([[HOST, 8]]) }, /8 look-ups of api\.rollcall\.test, more than one in 5 s/],
  [{ asked: new Map([['elsewhere.test', 1]]) }, /1 look-ups of elsewhere\.test, which is nobody's name/],
  [{ failures: 8 }, /8 look-ups failed/],
  [{ waited: 1 }, /1 connections waited for the resolver/],
  [{ lagP99Seconds: 1.01 }, /lag p99 1\.01 s, more than 1\.00 s/],
  [{ fromMemory: 0 }, /no name was due/],
  [{ resumes: 0 }, /no session was resumed/],
  [{ cuts: 0 }, /no connection to the API was cut/],
  [{ events: 0 }, /no event was confirmed/],
]

for (const [fault, sentence] of FAULTY) {
  t.test(`it is told: ${sentence.source}`, async (t) => {
    const violations = judgePhase({ ...PHASE, ...fault }, LIMITS)
    t.equal(violations.length, 1)
    t.match(violations[0], sentence)
    t.match(violations[0], /^slow: /)
  })
}
