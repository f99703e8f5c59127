import type { LiveClient } from '@rollcall/contract'
import { Bounds } from '@rollcall/process-metrics'
import { pino } from 'pino'
import t from 'tap'
import { SharedClock } from '../../src/live/core/shared-clock.js'
import { Leases } from '../../src/live/leases.js'

const now = '2026-01-01T00:00:00.000000Z'

t.test('shows what it remembers, and nothing of a shard that is given back while it is told of', async (t) => {
  const stop = new AbortController()
  let onTold = () => {}
  const told = new Promise<void>((resolve) => {
    onTold = resolve
  })
  const client = {
    claimShards: async () => ({ now, shards: [1, 2].map((shard_id) => ({ shard_id, epoch: 1, session: null })) }),
    reportShards: async () => {
      await leases.release(new Map([[2, undefined]]), stop.signal)
      setImmediate(onTold)
      return { now, lost: [], wanted: [] }
    },
    releaseShards: async () => {
      t.match(sizes(), { leases: 1, leases_releasing: 1 })
    },
  }
  const leases = new Leases({
    botId: 1n,
    client: client as unknown as LiveClient,
    holder: 'a',
    instance: 'b',
    shardCount: 3,
    maxShards: 3,
    preferred: [],
    ttlSeconds: 30,
    clock: new SharedClock(() => performance.now(), Date.now()),
    log: pino({ level: 'silent' }),
    onLeased() {},
    onLost() {},
    onWanted() {},
    report: (shard_id) => ({ shard_id, state: 'ready' }),
  })
  const bounds = new Bounds()
  leases.addTo(bounds)
  const sizes = () => Object.fromEntries(bounds.read().map(({ name, size }) => [name, size]))
  const kept = leases.keep(stop.signal)
  await told
  t.strictSame(sizes(), { leases: 1, leases_releasing: 0, leases_told: 1 })
  stop.abort()
  await kept
})
