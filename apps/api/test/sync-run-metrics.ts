import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Registry } from 'prom-client'
import t from 'tap'
import { SyncRunMetrics } from '../src/sync-run-metrics.js'
import { build } from './fixtures/build.js'

const { pool } = await build(t)
const registry = new Registry()
const metrics = new SyncRunMetrics(registry, pool)
/** Seconds since 1970. */
const T0 = 1_780_000_000

t.beforeEach(async () => {
  await pool.query('delete from guild')
  await pool.query('delete from guild_sync')
  await pool.query('delete from notice')
})

/** Guilds with ids from `first` to `last`, each with runs of these states, an hour between them. */
async function runs(first: number, last: number, states: readonly string[], { at = T0, attempt = 1 } = {}) {
  await pool.query(`insert into guild select id, 'Guild', now() from generate_series($1::bigint, $2) as id`, [
    first,
    last,
  ])
  for (const [index, state] of states.entries()) {
    await pool.query(
      `insert into sync_run (guild_id, state, attempt, started_at, heartbeat_at, finished_at)
      select id, $3, $5, to_timestamp($4), to_timestamp($4 + 10), case when $3 <> 'running' then to_timestamp($4 + 10) end
      from generate_series($1::bigint, $2) as id`,
      [first, last, state, at + index * 3_600, attempt],
    )
  }
}

/** `name{labels} value` of every series. */
async function series(): Promise<string[]> {
  await metrics.refresh()
  return (await registry.metrics()).split('\n').filter((it) => it !== '' && !it.startsWith('#'))
}

const of = (lines: readonly string[], name: string) => lines.filter((it) => it.startsWith(`rollcall_sync_${name}`))
const idsOf = (lines: readonly string[], name: string) =>
  of(lines, name).map((it) => Number(/guild_id="(\d+)"/.exec(it)?.[1]))

t.test('of more guilds than are told, those come first that need a person, and all are counted', async (t) => {
  await runs(1, 100, ['done'], { at: T0 + 50_000 })
  await runs(101, 101, ['done', 'held'], { at: T0 + 40_000 })
  await runs(102, 102, ['done', 'failed'], { at: T0 + 40_000, attempt: 2 })
  await runs(103, 103, ['done', 'failed'], { at: T0 + 40_000, attempt: 7 })
  await runs(104, 104, ['done'])
  await runs(105, 105, ['done', 'running'], { at: T0 + 30_000 })
  await runs(106, 106, ['partial', 'partial'], { at: T0 + 20_000 })
  const lines = await series()
  t.strictSame(idsOf(lines, 'attempt').slice(0, 7), [101, 103, 102, 104, 106, 105, 1])
  t.equal(of(lines, 'attempt').length, 100)
  t.strictSame(of(lines, 'guilds'), [
    'rollcall_sync_guilds{state="running"} 1',
    'rollcall_sync_guilds{state="done"} 101',
    'rollcall_sync_guilds{state="partial"} 1',
    'rollcall_sync_guilds{state="held"} 1',
    'rollcall_sync_guilds{state="failed"} 2',
    'rollcall_sync_guilds{state="none"} 0',
    'rollcall_sync_guilds{state="left"} 0',
  ])
  t.strictSame(of(lines, 'oldest'), [
    `rollcall_sync_oldest_success_timestamp_seconds ${T0 + 10}`,
    `rollcall_sync_oldest_never_done_timestamp_seconds ${T0 + 20_000}`,
    `rollcall_sync_oldest_heartbeat_timestamp_seconds ${T0 + 30_000 + 3_610}`,
  ])
})

t.test(
  'of very many guilds, one whose last run found unusually many changes is told, as its alert has it',
  async (t) => {
    await runs(1, 100, ['done'])
    await runs(101, 102, ['done'], { at: T0 + 50_000 })
    const change = 'update sync_run set total = $2, done = $2 where guild_id = $1'
    await pool.query(change, [101, 10_000])
    t.notOk(idsOf(await series(), 'changes').includes(101))
    await pool.query(change, [102, 10_001])
    t.ok(idsOf(await series(), 'changes').includes(102))
    const rule = /alert: SyncDiffUnusuallyLarge\n\s+expr: .*rollcall_sync_changes\)\) > 10000\n/
    t.match(await readFile(new URL('../../../k8s/monitoring/prometheus-rule.yaml', import.meta.url), 'utf8'), rule)
  },
)

t.test('a guild of which no run was done has no date of one, but one since when it waits', async (t) => {
  await runs(1, 1, ['failed', 'failed', 'failed'])
  await runs(2, 2, ['partial', 'done', 'failed'])
  await runs(3, 3, [])
  await runs(4, 4, [])
  await pool.query(`insert into notice (kind, guild_id, created_at) values ('guild_first_seen', 3, to_timestamp($1))`, [
    T0 - 500,
  ])
  const lines = await series()
  t.strictSame(of(lines, 'last_success'), [`rollcall_sync_last_success_timestamp_seconds{guild_id="2"} ${T0 + 3_610}`])
  t.strictSame(of(lines, 'never_done_since').sort(), [
    `rollcall_sync_never_done_since_timestamp_seconds{guild_id="1"} ${T0}`,
    `rollcall_sync_never_done_since_timestamp_seconds{guild_id="3"} ${T0 - 500}`,
  ])
  t.strictSame(of(lines, 'oldest_never_done'), [`rollcall_sync_oldest_never_done_timestamp_seconds ${T0 - 500}`])
  t.ok(lines.includes('rollcall_sync_guilds{state="none"} 2'))
  t.strictSame(idsOf(lines, 'attempt').sort(), [1, 2], 'without a run there is nothing to tell of one')
})

t.test('a guild that the bot has left is counted and nothing else', async (t) => {
  await runs(1, 1, ['done', 'held'])
  await runs(2, 2, ['running'])
  await runs(3, 3, ['done'], { at: T0 + 50_000 })
  await pool.query(`insert into guild_sync (guild_id, presence) values (1, 'left'), (2, 'left'), (3, 'unavailable')`)
  const lines = await series()
  t.ok(lines.includes('rollcall_sync_guilds{state="left"} 2'))
  t.ok(lines.includes('rollcall_sync_guilds{state="held"} 0'))
  t.strictSame(idsOf(lines, 'last_success'), [3])
  t.strictSame(of(lines, 'oldest'), [`rollcall_sync_oldest_success_timestamp_seconds ${T0 + 50_010}`])
})

t.test('nothing is told of no guilds', async (t) => {
  const lines = await series()
  t.equal(lines.filter((it) => !it.startsWith('rollcall_sync_guilds')).join(), 'rollcall_ledger_readable 1')
})

t.test('a reading that takes long is not waited for, and once it is there, it is shown for a while', async (t) => {
  await runs(1, 1, ['done'])
  const before = await series()
  const client = await pool.connect()
  await client.query('begin')
  await client.query('lock table sync_run in access exclusive mode')
  const startedAt = performance.now()
  await sleep(500)
  t.ok((await series()).includes('rollcall_ledger_readable 0'))
  t.ok(performance.now() - startedAt < 4_000, 'a scrape is answered in time')
  await client.query('commit')
  client.release()
  await sleep(200)
  await runs(2, 2, ['done'])
  t.strictSame(await series(), before)
})
