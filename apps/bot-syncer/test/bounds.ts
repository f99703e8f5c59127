import type { BoundReading } from '@rollcall/process-metrics'
import { type Excuses, longLivedCollections, unbounded } from '@rollcall/process-metrics/testing'
import t from 'tap'
import { freePort } from './fixtures/processes.js'
import { Stack } from './fixtures/stack.js'

const NOT_BOUNDS: Excuses = {
  'apps/bot-syncer/src/core/merge-join.ts:#page': 'one page of each stream',
}

t.test('a syncer that stays shows all that it keeps, and keeps no more than it may', async (t) => {
  const stack = await Stack.start(t, { members: 1_200 })
  const port = await freePort()
  const syncer = stack.syncer(['--interval', '1h'], { MANAGEMENT_PORT: `${port}` })
  await syncer.waitForLine(/^next run$/)
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  const { bounds } = JSON.parse(await get('/bounds')) as { bounds: BoundReading[] }
  const metrics = await get('/metrics')
  syncer.child.kill('SIGTERM')
  await syncer.finished

  for (const { name, size, max } of bounds) {
    t.ok(Number.isFinite(max) && size >= 0 && size <= max, `${name}: ${size} of ${max}`)
    for (const what of ['size', 'max', 'evictions']) t.match(metrics, `rollcall_bound_${what}{name="${name}"`)
  }
  const sizes = Object.fromEntries(bounds.map(({ name, size }) => [name, size]))
  t.match(sizes, { departures: 0, known_roles: 0, gone_roles: 0, changes_in_flight: 0, webhook_messages: 0 })
  t.ok((sizes.discord_queues ?? 0) > 0, 'the library keeps what it knows of limits')
  const found = longLivedCollections(['apps/bot-syncer/src'])
  t.ok(found.length >= 4, 'it finds those that are known')
  t.strictSame(unbounded(found, bounds, NOT_BOUNDS), [])
})
