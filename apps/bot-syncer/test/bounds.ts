import type { BoundReading } from '@rollcall/process-metrics'
import { type Excuses, longLivedCollections, unbounded } from '@rollcall/process-metrics/testing'
import t from 'tap'
import { freePort, type Spawned } from './fixtures/processes.js'
import { Stack } from './fixtures/stack.js'

const NOT_BOUNDS: Excuses = {
  'apps/bot-syncer/src/core/merge-join.ts:#page': 'one page of each stream',
  'apps/bot-syncer/src/core/ranges.ts:#rest': 'what is left of one page',
  'apps/bot-syncer/src/core/departures.ts:#withdrawn': 'at most 20 of the departures, which are counted',
}

/** What a process shows on its port for operators before it is stopped. */
async function shownBy(syncer: Spawned, port: number): Promise<{ bounds: BoundReading[]; metrics: string }> {
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  const { bounds } = JSON.parse(await get('/bounds')) as { bounds: BoundReading[] }
  const metrics = await get('/metrics')
  syncer.child.kill('SIGTERM')
  await syncer.finished
  return { bounds, metrics }
}

t.test(
  'a syncer that stays shows all that it keeps, and keeps no more than it may',
  { timeout: 120_000 },
  async (t) => {
    const stack = await Stack.start(t, { members: 1_200 })
    const env = { MANAGEMENT_PORT: `${await freePort()}` }
    const reconciling = stack.syncer(['--interval', '1h'], env)
    await reconciling.waitForLine(/^next run$/)
    const reconcile = await shownBy(reconciling, Number(env.MANAGEMENT_PORT))
    const following = stack.live(t, env)
    await following.waitForLine(/run done/)
    const live = await shownBy(following, Number(env.MANAGEMENT_PORT))

    for (const { bounds, metrics } of [reconcile, live]) {
      for (const { name, size, max } of bounds) {
        t.ok(Number.isFinite(max) && size >= 0 && size <= max, `${name}: ${size} of ${max}`)
        for (const what of ['size', 'max', 'evictions_total']) t.match(metrics, `rollcall_bound_${what}{name="${name}"`)
      }
    }
    const sizes = Object.fromEntries(reconcile.bounds.map(({ name, size }) => [name, size]))
    t.match(sizes, { departures: 0, known_roles: 0, gone_roles: 0, changes_in_flight: 0, webhook_messages: 0 })
    t.ok((sizes.discord_queues ?? 0) > 0, 'the library keeps what it knows of limits')

    const sizesOfLive = Object.fromEntries(live.bounds.map(({ name, size, max }) => [name, [size, max]]))
    t.match(sizesOfLive, { shards: [1, 16], leases: [1, 16], leases_told: [1, 16], awaited_guilds: [0, 40_000] })

    const found = longLivedCollections(['apps/bot-syncer/src', 'packages/name-cache/src'])
    t.ok(found.length >= 4, 'it finds those that are known')
    // What both show is one bound, not two.
    const all = new Map([...reconcile.bounds, ...live.bounds].map((it) => [it.name, it]))
    t.strictSame(unbounded(found, [...all.values()], NOT_BOUNDS), [])
  },
)
