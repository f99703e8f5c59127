import { Bounds } from '@rollcall/process-metrics'
import t from 'tap'
import { type HeldShard, HeldShards } from '../../src/live/held-shards.js'

t.test('a shard that is leased again while its earlier connection ends is kept', async (t) => {
  const begun: HeldShard[] = []
  const held = new HeldShards(() => {
    const shard = { gateway: { start() {} }, intake: {} } as unknown as HeldShard
    begun.push(shard)
    return shard
  })
  const lease = { shard_id: 3, epoch: 1, session: null }
  held.begin(lease)
  const earlier = held.get(3)
  held.begin({ ...lease, epoch: 2 })
  held.forget(3, earlier)
  t.equal(held.get(3), begun[1])
  held.forget(3, begun[1])
  t.strictSame(held.ids, [])
})

t.test('shows how many shards there are, and how many guilds they wait for', async (t) => {
  const held = new HeldShards(
    ({ shard_id }) => ({ gateway: { start() {} }, intake: { awaited: shard_id + 1 } }) as unknown as HeldShard,
  )
  const bounds = new Bounds()
  held.addTo(bounds, 4)
  for (const shard_id of [1, 2]) held.begin({ shard_id, epoch: 1, session: null })
  t.match(bounds.read(), [
    { name: 'shards', size: 2, max: 4 },
    { name: 'awaited_guilds', size: 5, max: 4 * 2_500 },
  ])
})
