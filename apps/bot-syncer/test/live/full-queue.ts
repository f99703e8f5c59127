import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import t from 'tap'

/** As the image starts it. */
const FLAGS = ['--max-old-space-size=64', '--max-semi-space-size=4', '--single-threaded-gc']

const bundle = join(t.testdir({}), 'full-queue.mjs')
buildSync({
  entryPoints: [join(import.meta.dirname, '..', 'fixtures', 'full-queue.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
})
const fill = (factor: number) => spawnSync(process.execPath, [...FLAGS, bundle, `${factor}`], { encoding: 'utf8' })

t.test('the heap has room for a queue full of the worst events, beside everything else', async (t) => {
  const { status, stdout } = fill(1)
  t.equal(status, 0)
  const { maxEvents, maxBytes, events, bytes } = JSON.parse(stdout)
  t.match({ maxEvents, maxBytes }, { maxEvents: 15_000, maxBytes: 12_582_912 })
  t.ok(events > 0.95 * maxEvents && bytes > 0.95 * maxBytes, `${events} events, ${bytes} bytes`)
})

t.test('and not for much more, so the limit is none too low', async (t) => {
  const { status, stderr } = fill(1.3)
  t.not(status, 0)
  t.match(stderr, /heap out of memory/)
})
