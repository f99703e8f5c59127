import t from 'tap'
import { Random } from '../src/rig/random.js'
import { judgeBounds } from '../src/soak/bounds.js'
import { DEFAULT_REQUESTS, DEFAULT_ROUNDS, DEFAULT_RUNS } from '../src/soak/length.js'
import { NAMES_AT_A_TIME } from '../src/soak/look-up-names.js'
import { newTokensIn } from '../src/soak/new-tokens.js'
import { trendOf } from '../src/soak/trend.js'
import { verdictOf } from '../src/soak/verdict.js'
import { startCommand } from './fixtures/command.js'
import { plantedBuild } from './fixtures/planted-build.js'

// The machine may be busy with other tests.
t.setTimeout(280_000)

t.test('a slope is the median of all slopes, whatever a few outliers say', async (t) => {
  const { slope, isRising } = trendOf(Array.from({ length: 30 }, (_, at) => (at % 13 === 5 ? 1_000 : 2 * at)))
  t.equal(slope, 2)
  t.ok(isRising)
})

t.test('chance is no trend', async (t) => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed)
    const values = Array.from({ length: 30 }, () => random.integer(1, 1_000_000))
    t.notOk(trendOf(values).isRising, `seed ${seed}`)
  }
})

t.test('a falling or constant series does not rise, and neither does one too short to tell', async (t) => {
  t.notOk(trendOf(Array.from({ length: 30 }, (_, at) => -at)).isRising)
  t.match(trendOf(Array.from({ length: 30 }, () => 7)), { slope: 0, z: 0, isRising: false })
  t.notOk(trendOf([1, 2, 3]).isRising)
})

const judged = (samples: readonly number[]) =>
  verdictOf({ name: 'API', unit: 'request', samples, unitsPerSample: 2_000, tolerate: 40 }).isLeak
const ROUNDS = Array.from({ length: 60 }, (_, at) => at)
const noise = (seed: number) => {
  const random = new Random(seed)
  return () => random.integer(-100_000, 100_000)
}
/** Rises by 3 MiB, the most of it in the first rounds. */
const warmingUp = (at: number) => 3_000_000 * (1 - Math.exp(-at / 8))

t.test('what warms up is no leak; one key of a hundred bytes that each request leaves is, warm or not', async (t) => {
  for (let seed = 1; seed <= 20; seed++) {
    const next = noise(seed)
    t.notOk(judged(ROUNDS.map((at) => warmingUp(at) + next())), `warm-up, seed ${seed}`)
    t.ok(judged(ROUNDS.map((at) => warmingUp(at) + at * 2_000 * 100 + next())), `leak, seed ${seed}`)
  }
})

const bound = { name: 'a', kind: 'pool', unit: 'things', size: 5, max: 5, evictions: 0 }

t.test('what holds more than it may, or counts what cannot be, is told; caches are told of anyway', async (t) => {
  t.strictSame(judgeBounds('API', [bound]), { isOverfull: false, text: '' })
  t.match(judgeBounds('API', [{ ...bound, kind: 'cache' }]), { isOverfull: false, text: /^ {2}a of the API: 5 of 5 / })
  for (const size of [6, -1, Number.NaN]) {
    const { isOverfull, text } = judgeBounds('API', [bound, { ...bound, size }])
    t.ok(isOverfull)
    t.match(text, new RegExp(`^OVERFULL a of the API: ${size} of 5 things, 0 thrown out$`))
  }
})

t.test('a full run has ten times as many keys as any cache holds', async (t) => {
  t.ok(DEFAULT_ROUNDS * newTokensIn(DEFAULT_REQUESTS) >= 10 * 1_000, 'tokens, and what is counted of them')
  t.ok(DEFAULT_ROUNDS * NAMES_AT_A_TIME >= 10 * 200, 'host names of the API')
  t.ok(DEFAULT_RUNS * NAMES_AT_A_TIME >= 10 * 200, 'host names of the syncer')
})

/** So short a soak has not settled; the leaks that are planted are far above what it tolerates. */
const API = ['--app', 'api', '--seed', '1', '--rounds', '20', '--requests', '40', '--slack', '40']
const SHORTEST = ['--app', 'api', '--seed', '1', '--rounds', '6', '--requests', '10', '--slack', '1000']
const SYNCER = ['--app', 'syncer', '--seed', '1', '--runs', '20', '--slack', '30']

t.test('the API holds no more after many requests with new keys', async (t) => {
  const { code, output } = await startCommand('soak', {}, API).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /host_names of the API: 200 of 200 names, 8\d\d thrown out/)
  t.match(output, /rate_limit_counters of the API: 81 of 1000 tokens/)
  t.match(output, /no leak in the API: .*\nAll as it must be/)
})

t.test('a leak of some kilobytes a request is told', async (t) => {
  const place = 'app.decorate("takePlace", async (request, reply) => {'
  const api = await plantedBuild(t, 'leak', {
    app: 'api',
    replace: place,
    by: `${place} (globalThis.leaked ??= []).push(Buffer.alloc(16_384), { id: request.id });`,
  })
  const { code, output } = await startCommand('soak', {}, [...API, '--api', api]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /LEAK in the API: .*\nNOT AS IT MUST BE: memory grows\. Seed 1/)
})

t.test('a cache that holds more than it says is told', async (t) => {
  const api = await plantedBuild(t, 'overfull', { app: 'api', replace: 'max: () => cache.max', by: 'max: () => 199' })
  const { code, output } = await startCommand('soak', {}, [...SHORTEST, '--api', api]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /OVERFULL host_names of the API: 200 of 199 names/)
  t.match(output, /NOT AS IT MUST BE: something holds more than it may\. Seed 1/)
})

t.test('the syncer holds no more after many runs', async (t) => {
  const { code, output } = await startCommand('soak', {}, SYNCER).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /host_names of the syncer: 200 of 200 names, 8\d\d thrown out/)
  t.match(output, /no leak in the syncer: .*\nAll as it must be/)
})

t.test('a leak of what a run remembers of each member is told', async (t) => {
  const report = 'const report = new Report();'
  const syncer = await plantedBuild(t, 'leak-of-runs', {
    app: 'bot-syncer',
    replace: report,
    by: `${report} (globalThis.leaked ??= []).push(Array.from({ length: 1e4 }, (_, id) => ({ id })));`,
  })
  const { code, output } = await startCommand('soak', {}, [...SYNCER, '--syncer', syncer]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /LEAK in the syncer: /)
})
