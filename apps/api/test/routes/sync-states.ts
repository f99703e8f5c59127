import { LIMITS, NO_COUNTS } from '@rollcall/contract'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { aRole, nativeClient, OBSERVED_AT, stamp } from '../fixtures/native.js'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
const { observed_at: _, ...role } = aRole()

/** The guild of a shard of four. */
const guildOf = (shard: number, n = 1) => `${(BigInt(n * 4 + shard) << 22n) + 7n}`
const [A, B, C] = [guildOf(0), guildOf(1), guildOf(0, 2)]

t.beforeEach(async () => {
  await pool.query('truncate guild, notice, guild_sync, gateway_shard cascade')
  const guilds = [A, B, C].map((id) => ({ id, name: 'Guild', observed_at: OBSERVED_AT, roles: [{ id, ...role }] }))
  await request('PUT', '/guilds', { guilds })
  await pool.query(`update guild_sync set next_reconcile_at = now() + interval '1 hour'`)
})

const mark = (...marks: object[]) =>
  request('PATCH', '/guilds/sync-states', { marks: marks.map((it) => ({ observed_at: stamp(1), ...it })) })
const state = async (id: string) => (await request('GET', `/guilds/${id}/sync-state`)).body
const claim = async (body: object = {}) => {
  const all = { shard_count: 4, shard_ids: [0, 1, 2, 3], limit: 100, interval_seconds: 1_000, ...body }
  const answer = await request('POST', '/sync-runs/claims', all)
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.body.guilds as { guild_id: string; dirty: { since: string; reason: string } | null }[]
}
const claimed = async (body: object = {}) => (await claim(body)).map((it) => it.guild_id)
const start = async (id: string) => (await request('POST', `/guilds/${id}/sync-runs`, { now: true })).body
const end = (id: string, run: { id: string }, fields: object = { state: 'done' }) =>
  request('PATCH', `/guilds/${id}/sync-runs/${run.id}`, { ...NO_COUNTS, ...fields })
/** As if so many seconds had passed since guilds were claimed and runs heard of. */
const age = (seconds: number) =>
  pool.query(
    `with run as (update sync_run set heartbeat_at = heartbeat_at - make_interval(secs => $1))
     update guild_sync set claimed_until = claimed_until - make_interval(secs => $1)`,
    [seconds],
  )

t.test('a guild tells how far behind it is, and why', async (t) => {
  t.match(await request('GET', '/guilds/999/sync-state'), { status: 404, body: { code: 'unknown_guild' } })
  t.strictSame(
    { ...(await state(A)), next_reconcile_at: null },
    {
      guild_id: A,
      live: false,
      presence: 'present',
      shard: null,
      last_event_at: null,
      lag_ms: null,
      dirty: null,
      last_reconcile: null,
      next_reconcile_at: null,
    },
  )
  await mark({ guild_id: A, dirty: 'overflow' })
  const instance = '7b0c9b1e-6b3c-4a53-9f0e-0a4c3e8d2f11'
  const process = { shard_count: 4, ttl_seconds: 30, instance }
  await request('POST', '/gateway/77/shards/claims', { ...process, holder: 'a', max: 4, preferred: [] })
  const shard = { shard_id: 0, shard_count: 4, state: 'waiting', holder: 'a' }
  t.match(await state(A), { live: false, shard, dirty: { since: stamp(1), reason: 'overflow' } })
  const beat = { ...process, shards: [{ shard_id: 0, epoch: 1, state: 'ready' }] }
  await request('POST', '/gateway/77/shards/heartbeats', beat)
  t.match(await state(A), { live: true, shard: { ...shard, state: 'ready' } })
  t.match(await state(B), { live: false, shard: { shard_id: 1, state: 'waiting' } })
  const run = await start(A)
  t.match(await state(A), {
    last_reconcile: { run_id: run.id, state: 'running', started_at: run.started_at, finished_at: null },
  })
  await pool.query(`update gateway_shard set expires_at = now()`)
  t.match(await state(A), { live: false, shard: { state: 'free', holder: null } })
})

t.test('an older presence never overwrites a newer one, and the first mark stays', async (t) => {
  t.match(await mark({ guild_id: A, presence: 'unavailable', observed_at: stamp(5) }), { status: 200 })
  await mark({ guild_id: A, presence: 'present', observed_at: stamp(4) })
  t.match(await state(A), { presence: 'unavailable', dirty: null })
  await mark({ guild_id: A, presence: 'left', observed_at: stamp(6), dirty: 'was_unavailable' })
  await mark({ guild_id: A, observed_at: stamp(9), dirty: 'overflow' })
  t.match(await state(A), { presence: 'left', dirty: { since: stamp(6), reason: 'was_unavailable' } })
  await mark({ guild_id: A, observed_at: stamp(2), dirty: 'rejected' })
  t.match(await state(A), { dirty: { since: stamp(2), reason: 'rejected' } }, 'told late, and earlier')
  await mark({ guild_id: guildOf(3), presence: 'unavailable' })
  t.match(await state(guildOf(3)), { presence: 'unavailable' }, 'a guild may be marked before it is known')
})

t.test('only a run that started after every mark, and was done, makes a guild clean', async (t) => {
  await mark({ guild_id: A, dirty: 'new_session' }, { guild_id: B, dirty: 'new_session' })
  await end(A, await start(A), { state: 'failed', error: 'x' })
  t.match(await state(A), { dirty: { reason: 'new_session' } }, 'it failed')
  const run = await start(A)
  await mark({ guild_id: A, dirty: 'overflow', observed_at: new Date(Date.now() + 60_000).toISOString() })
  await end(A, run)
  const { dirty } = await state(A)
  t.match(dirty, { since: run.started_at, reason: 'new_session' }, 'it was marked while the run was under way')
  await end(A, await start(A))
  t.match(await state(A), { dirty: null, last_reconcile: { state: 'done' } }, 'a clock that is ahead does no harm')
  t.match(await state(B), { dirty: { reason: 'new_session' } }, 'another guild is untouched')
})

t.test('dirty guilds come first, the longest waiting before the others, then those whose time has come', async (t) => {
  await pool.query(`update guild_sync set next_reconcile_at = now() - interval '1 minute' where guild_id = $1`, [C])
  await mark({ guild_id: A, dirty: 'overflow', observed_at: stamp(2) }, { guild_id: B, dirty: 'overflow' })
  t.strictSame(await claim({ limit: 2 }), [
    { guild_id: B, dirty: { since: stamp(1), reason: 'overflow' } },
    { guild_id: A, dirty: { since: stamp(2), reason: 'overflow' } },
  ])
  t.strictSame(await claim(), [{ guild_id: C, dirty: null }])
  t.strictSame(await claim(), [], 'each is given to one')
  const { next_reconcile_at } = await state(C)
  const seconds = (Date.parse(next_reconcile_at) - Date.now()) / 1_000
  t.ok(seconds > 850 && seconds < 1_110, `${seconds}`)
  await age(301)
  t.strictSame(await claimed(), [B, A], 'who took them died: they are given again')
})

t.test('only guilds of the shards, that are there, and that no live run has', async (t) => {
  await mark(...[A, B, C].map((guild_id) => ({ guild_id, dirty: 'overflow' })))
  t.strictSame(await claimed({ shard_ids: [] }), [])
  t.strictSame(await claimed({ shard_ids: [1] }), [B])
  await mark({ guild_id: A, presence: 'unavailable', observed_at: stamp(2) })
  const run = await start(C)
  t.strictSame(await claimed(), [], 'unavailable, claimed, under way')
  await age(301)
  t.strictSame(await claimed(), [B, C], 'a run that is not heard of has lost its process')
  await end(C, run)
  await mark({ guild_id: A, presence: 'present', observed_at: stamp(3) })
  t.strictSame(await claimed(), [A])
  await mark({ guild_id: C, dirty: 'rejected', observed_at: stamp(9) })
  t.strictSame(await claimed(), [C], 'once its run is done, a guild may be claimed again at once')
})

t.test('a guild that is not known is left to its snapshot for a minute', async (t) => {
  const unknown = guildOf(3)
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString()
  await mark({ guild_id: unknown, dirty: 'new_session', observed_at: ago(50) })
  await mark({ guild_id: A, dirty: 'new_session', observed_at: ago(1) })
  t.strictSame(await claimed(), [A], 'a known one is given at once')
  await mark({ guild_id: unknown, dirty: 'rejected', observed_at: ago(61) })
  t.strictSame(await claimed(), [unknown])
})

t.test('a guild whose run failed, or did not end as done, rests before it is given again', async (t) => {
  await mark({ guild_id: A, dirty: 'rejected' }, { guild_id: B, dirty: 'rejected' }, { guild_id: C, dirty: 'rejected' })
  for (let attempt = 1; attempt < 4; attempt += 1) await end(A, await start(A), { state: 'failed', error: 'x' })
  await end(B, await start(B), { state: 'held', error: 'x' })
  t.strictSame(await claimed(), [C], 'the first two failures of a guild are free, the next are not')
  await age(61)
  t.strictSame(await claimed(), [A], 'what is held waits for a person, and longer')
  await end(A, await start(A), { state: 'failed', error: 'x' })
  await age(299)
  t.strictSame(await claimed(), [C])
  await age(3_300)
  t.strictSame(await claimed(), [A, B, C])
  await end(B, await start(B))
  await mark({ guild_id: B, dirty: 'rejected', observed_at: stamp(9) })
  t.strictSame(await claimed(), [B], 'once its run is done, nothing of it rests')
})

t.test('a guild that is asked for too early is not given again before its time', async (t) => {
  await mark({ guild_id: A, dirty: 'rejected' })
  for (let attempt = 1; attempt < 8; attempt += 1) await start(A)
  const answer = await request('POST', `/guilds/${A}/sync-runs`, {})
  t.match(answer, { status: 409, body: { code: 'sync_run_too_early' } })
  await age(3_600)
  t.strictSame(await claimed(), [], 'the last runs were never ended')
})

t.test('without an interval only dirty guilds are given', async (t) => {
  await pool.query(`update guild_sync set next_reconcile_at = now() - interval '1 minute'`)
  await mark({ guild_id: A, dirty: 'overflow' })
  const due = await state(A)
  t.strictSame(await claimed({ interval_seconds: null }), [A])
  t.equal((await state(A)).next_reconcile_at, due.next_reconcile_at)
  t.strictSame(await claimed(), [B, C])
})

t.test('many that claim at once: each guild is given once', async (t) => {
  const marks = Array.from({ length: 400 }, (_, n) => ({ guild_id: guildOf(n % 4, n + 10), dirty: 'new_session' }))
  await mark(...marks)
  const answers = await Promise.all(Array.from({ length: 30 }, () => claimed({ limit: 20 })))
  const given = answers.flat()
  while (given.length < 400) {
    const more = await claimed()
    if (more.length === 0) break
    given.push(...more)
  }
  t.equal(given.length, 400)
  t.equal(new Set(given).size, 400)
})

t.test('a restored table without statistics is read by its indexes, as far as it is needed', async (t) => {
  await pool.query(`
    insert into guild_sync (guild_id, dirty_since, dirty_marked_at, dirty_reason, next_reconcile_at)
    select id, now() - interval '1 hour', now(), 'new_session', now() from generate_series(1000000, 1060000) as id`)
  const reads = async () => {
    await pool.query('select pg_stat_force_next_flush()')
    await pool.query('select pg_stat_clear_snapshot()')
    const { rows } = await pool.query<{ reads: number }>(
      `select seq_tup_read::int as reads from pg_stat_user_tables where relname = 'guild_sync'`,
    )
    return rows[0]?.reads ?? 0
  }
  const client = await pool.connect()
  const before = await reads()
  client.release()
  t.equal((await claim()).length, 100)
  t.ok((await reads()) - before < 60_000, 'not the whole table')
})

t.test('limits and faults', async (t) => {
  const { max } = LIMITS.max_sync_states_per_request
  const longest = { presence: 'unavailable', dirty: 'was_unavailable', observed_at: stamp(1) }
  const marks = Array.from({ length: max + 1 }, (_, n) => ({
    guild_id: `${9_000_000_000_000_000_000n + BigInt(n)}`,
    ...longest,
  }))
  t.match(await mark(...marks.slice(1)), { status: 200 })
  const many = {
    status: 413,
    body: { code: 'too_many_items', limit: 'max_sync_states_per_request', max, sent: max + 1 },
  }
  t.match(await mark(...marks), many)
  t.match(await mark({ guild_id: A }, { guild_id: A }), {
    status: 400,
    body: { issues: [{ path: 'marks[1].guild_id' }] },
  })
  t.match(await mark({ guild_id: A, dirty: 'odd' }), { status: 400 })
  const ahead = { guild_id: A, observed_at: '2999-01-01T00:00:00Z' }
  t.match(await mark(ahead), { status: 400, body: { issues: [{ path: 'marks[0].observed_at' }] } })
})
