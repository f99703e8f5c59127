import { randomUUID } from 'node:crypto'
import { LiveClient } from '@rollcall/contract'
import t from 'tap'
import { build } from './fixtures/build.js'
import { aMember } from './fixtures/native.js'

const { app, key } = await build(t)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const client = new LiveClient({ url, token: key })
const BOT = 77n
const GUILD = 1n << 22n
const observed_at = new Date().toISOString()

t.test('the client and the API agree on every call of following live', async (t) => {
  const role = { id: GUILD, name: '@everyone', colour: 0, permissions: 1n << 40n, position: 0 }
  const guild = { id: GUILD, name: 'Guild', observed_at, roles: [role] }
  t.strictSame(await client.putGuilds({ guilds: [guild] }), {
    results: [{ id: GUILD, first_seen: true, roles_written: 1 }],
  })
  const item = { guild_id: `${GUILD}`, ...aMember('5'), roles: [`${GUILD}`], observed_at }
  const unknown = { ...item, id: '6', roles: ['9'] }
  t.match(await client.patchGuildMembers([JSON.stringify(item), JSON.stringify(unknown)]), {
    counts: { applied: 1, failed: 1 },
    results: [
      { guild_id: GUILD, id: 5n, verdict: 'applied' },
      { guild_id: GUILD, id: 6n, verdict: 'failed', error: { code: 'unknown_role' } },
    ],
  })

  const lease = { instance: randomUUID(), shard_count: 2, ttl_seconds: 30 }
  const claimed = await client.claimShards(BOT, { ...lease, holder: 'syncer-0', max: 2, preferred: [1] })
  t.strictSame(
    claimed.shards,
    [0, 1].map((shard_id) => ({ shard_id, epoch: 1, session: null })),
  )
  const session = { session_id: 's', resume_gateway_url: 'wss://gateway.example/', sequence: 2 ** 40 }
  const shard = { shard_id: 1, epoch: 1, session }
  const beat = await client.reportShards(BOT, {
    ...lease,
    shards: [{ ...shard, state: 'ready', last_event_at: observed_at, lag_ms: 3 }],
  })
  t.match(beat, { now: String, lost: [], wanted: [] })
  t.match(await client.getSyncState(GUILD), { live: true, presence: 'present', shard: { shard_id: 1, state: 'ready' } })

  await client.markSyncStates({ marks: [{ guild_id: GUILD, observed_at, presence: 'present', dirty: 'overflow' }] })
  const claim = { shard_count: 2, shard_ids: [0, 1], limit: 10, interval_seconds: 3_600 }
  t.match(await client.claimReconciles(claim), { guilds: [{ guild_id: GUILD, dirty: { reason: 'overflow' } }] })

  const session_start_limit = { total: 1_000, remaining: 1_000, reset_after: 60_000, max_concurrency: 1 }
  t.strictSame(await client.reserveIdentify(BOT, { shard_id: 0, session_start_limit }), {
    granted: true,
    remaining: 999,
  })
  const waiting = await client.reserveIdentify(BOT, { shard_id: 1, session_start_limit })
  t.match(waiting, { granted: false, reason: 'key', wait_ms: Number, remaining: 999 })

  const { notice } = await client.claimNotice()
  t.match(notice, { kind: 'guild_first_seen', guild_count: 1, guilds: [{ id: GUILD, name: 'Guild' }] })
  await client.reportNotice(notice?.id ?? 0n, { state: 'sent' })
  t.strictSame(await client.claimNotice(), { notice: null })
  t.strictSame(
    await client.releaseShards(BOT, { instance: lease.instance, shard_count: 2, shards: [{ shard_id: 1, epoch: 1 }] }),
    [1],
  )
})
