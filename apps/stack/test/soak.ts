import t from 'tap'
import { Random } from '../src/rig/random.js'
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

/** So short a soak has not settled; the leaks that are planted are far above what it tolerates. */
const API = ['--app', 'api', '--seed', '1', '--rounds', '20', '--requests', '40', '--slack', '40']
const SYNCER = ['--app', 'syncer', '--seed', '1', '--runs', '20', '--slack', '30']

t.test('the API holds no more after many requests with new keys', async (t) => {
  const { code, output } = await startCommand('soak', {}, API).ended
  t.comment(output)
  t.equal(code, 0)
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

t.test('the syncer holds no more after many runs', async (t) => {
  const { code, output } = await startCommand('soak', {}, SYNCER).ended
  t.comment(output)
  t.equal(code, 0)
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
