import t from 'tap'
import { Random } from '../src/chaos/random.js'
import { trendOf } from '../src/soak/trend.js'
import { startCommand } from './fixtures/command.js'
import { plantedBuild } from './fixtures/planted-build.js'

t.setTimeout(120_000)

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

/** So short a run has not settled: two to three hundred bytes a request were seen. The leak that is planted is far above. */
const ARGS = ['--seed', '1', '--rounds', '20', '--requests', '150', '--tolerate', '1000']

t.test('the API holds no more after many requests with new keys', async (t) => {
  const { code, output } = await startCommand('soak', {}, ARGS).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /All as it must be/)
})

t.test('a leak of four kilobytes a request is told', async (t) => {
  const api = await plantedBuild(t, 'leak', {
    app: 'api',
    replace: 'const isBulk = request.routeOptions.config.bulk === true;',
    by: `(globalThis.leaked ??= []).push(Buffer.alloc(4_096), { id: request.id });
    const isBulk = request.routeOptions.config.bulk === true;`,
  })
  const { code, output } = await startCommand('soak', {}, [...ARGS, '--api', api]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /leaks memory/)
})
