import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { NO_COUNTS } from '@rollcall/contract'
import { cacheLookups, lookupCounters } from '@rollcall/name-cache'
import { Bounds, createRegistry } from '@rollcall/process-metrics'
import { type Excuses, longLivedCollections, unbounded } from '@rollcall/process-metrics/testing'
import { pino } from 'pino'
import t from 'tap'
import { buildManagement } from '../src/management.js'
import { RecurringLog } from '../src/recurring-log.js'
import { build } from './fixtures/build.js'
import { aMember, GUILD, nativeClient, OBSERVED_AT, putGuild, stamp } from './fixtures/native.js'

const bounds = new Bounds()
const registry = createRegistry({ bounds, memoryLimitBytes: 201_326_592 })
t.teardown(cacheLookups({ lifetimeMs: 30_000, bounds, ...lookupCounters(registry) }))
const { app, pool, key } = await build(t, { bounds, registry })
const log = pino({ level: 'silent' })
const management = buildManagement({
  pool,
  bounds,
  registry,
  log,
  recurringLog: new RecurringLog(log),
  state: () => 'serving',
})
t.teardown(() => management.close())
const request = nativeClient(app, key)
await putGuild(request, ['9001'])
await request('PATCH', `/guilds/${GUILD}/members`, { observed_at: OBSERVED_AT, members: [aMember(1), aMember(2)] })

async function scrape(): Promise<string> {
  // An answer is counted when it is out, which may be after its caller has it.
  await sleep(20)
  const { statusCode, headers, body } = await management.inject('/metrics')
  if (statusCode !== 200) throw new Error(`/metrics answers ${statusCode}`)
  if (!/^text\/plain; version=0\.0\.4/.test(`${headers['content-type']}`)) throw new Error('/metrics is not text')
  return body
}

/** The value of the one series of this name that has these labels. */
function sample(text: string, name: string, labels: Record<string, string> = {}): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const lines = text.split('\n').filter((it) => it.startsWith(`${name}{`) || it.startsWith(`${name} `))
  const found = lines.filter((line) => wanted.every((it) => line.includes(it)))
  if (found.length > 1) throw new Error(`${found.length} series of ${name} ${wanted}`)
  return found[0] === undefined ? undefined : Number(found[0].split(' ').at(-1))
}

t.test('counts requests by the pattern of their route, never by what a caller wrote', async (t) => {
  const secret = '80958095809580958095'
  await request('GET', `/guilds/${GUILD}/members/1`)
  await request('GET', `/guilds/${GUILD}/members/2?${secret}=1`)
  await request('GET', `/${secret}`)
  const text = await scrape()
  const timed = { method: 'GET', route: '/guilds/:guild_id/members/:member_id', kind: 'interactive' }
  const labels = { ...timed, status: '200' }
  t.ok((sample(text, 'rollcall_http_requests_total', labels) ?? 0) >= 1)
  t.equal(sample(text, 'rollcall_http_requests_total', { route: 'none', status: '404' }), 1)
  t.ok((sample(text, 'rollcall_http_request_duration_seconds_count', timed) ?? 0) >= 2)
  t.equal(sample(text, 'rollcall_http_requests_in_flight', { kind: 'interactive' }), 0)
  t.notMatch(text, secret)
  t.equal(text.split('\n').filter((it) => /route="[^"]*\d{5}/.test(it)).length, 0)
})

t.test('counts items by verdict and refusals by reason', async (t) => {
  const before = await scrape()
  const members = [aMember(1, { name: 'new' }), aMember(2), { id: '3', name: 'partial' }]
  await request('PATCH', `/guilds/${GUILD}/members`, { observed_at: stamp(1), members })
  await request('PATCH', `/guilds/${GUILD}/members`, '{')
  await app.inject('/guilds')
  const after = await scrape()
  const grown = (name: string, labels: Record<string, string>) =>
    (sample(after, name, labels) ?? 0) - (sample(before, name, labels) ?? 0)
  for (const verdict of ['applied', 'unchanged', 'failed']) {
    t.equal(grown('rollcall_bulk_items_total', { verdict }), 1, verdict)
  }
  t.equal(grown('rollcall_refusals_total', { reason: 'malformed_json' }), 1)
  t.equal(grown('rollcall_refusals_total', { reason: 'unauthorized' }), 1)
})

t.test('shows memory against its limit, the event loop, garbage collection, look-ups and every bound', async (t) => {
  const text = await scrape()
  t.equal(sample(text, 'rollcall_memory_limit_bytes'), 201_326_592)
  for (const name of [
    'process_resident_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
  ]) {
    t.ok((sample(text, name) ?? -1) >= 0, name)
  }
  t.match(text, 'nodejs_gc_duration_seconds')
  t.equal(sample(text, 'rollcall_dns_lookups_total'), 0, 'an address needs no look-up')
  await new Promise((resolve) => connect(1, 'localhost').once('error', resolve))
  t.ok((sample(await scrape(), 'rollcall_dns_lookups_total') ?? 0) >= 1)
  for (const { name, max } of bounds.read()) {
    t.equal(sample(text, 'rollcall_bound_max', { name }), max, name)
    t.ok(sample(text, 'rollcall_bound_size', { name }) !== undefined)
  }
})

t.test('GET /bounds shows what holds how much, and none holds more than it may', async (t) => {
  const { bounds: shown } = (await management.inject('/bounds')).json()
  const names = shown.map((it: { name: string }) => it.name)
  for (const name of [
    'bulk_requests',
    'connections',
    'database_connections',
    'database_waiting',
    'interactive_requests',
    'management_connections',
    'rate_limit_counters',
    'recurring_troubles',
    'report_requests',
    'tokens',
    'tokens_used',
  ]) {
    t.ok(names.includes(name), name)
  }
  for (const { name, size, max } of shown)
    t.ok(Number.isFinite(max) && size >= 0 && size <= max, `${name}: ${size} of ${max}`)
  t.match(
    shown.find((it: { name: string }) => it.name === 'tokens'),
    { kind: 'cache', unit: 'tokens', size: 1, max: 1_000, evictions: 0 },
  )
  const maxOf = (name: string) => shown.find((it: { name: string }) => it.name === name).max
  const kinds = ['bulk_requests', 'report_requests', 'interactive_requests']
  t.equal(
    maxOf('database_waiting'),
    kinds.map(maxOf).reduce((sum, max) => sum + max),
    'whoever has a place may wait',
  )
})

t.test('whatever outlives a request is named among the bounds', async (t) => {
  const found = longLivedCollections([
    'apps/api/src',
    'packages/contract/src',
    'packages/name-cache/src',
    'packages/process-metrics/src',
    'packages/container-limits/src',
  ])
  t.ok(found.length >= 4, 'it finds those that are known')
  t.strictSame(unbounded(found, bounds.read(), NOT_BOUNDS), [])
})

const NOT_BOUNDS: Excuses = {
  'apps/api/src/plugins/method-not-allowed.ts:methodsOf': 'one entry for each route',
  'apps/api/src/routes/bot/verbs.ts:verbsOf': 'one entry for each route',
  'apps/api/src/db/list-members.ts:values': 'gone with the call',
  'apps/api/src/db/list-members.ts:conditions': 'gone with the call',
  'apps/api/src/routes/bot/user-list-query.ts:faults': 'gone with the call',
  'apps/api/src/members/apply-patches.ts:answer': 'an empty one, gone with the call',
  'apps/api/src/openapi-document.ts:load': 'no tokens at all, in a program that writes one file and ends',
  'apps/api/src/plugins/openapi.ts:components': 'gone with the call',
  'packages/contract/src/json/json-keys.ts:#byLength': 'one entry for each key of a reader',
  'packages/contract/src/json/json-reader.ts:#scratch': 'gone with the body, which is bounded',
  'packages/contract/src/json/snowflake-table.ts:#words': 'of fixed size, gone with the body',
  'packages/contract/src/json/snowflake-table.ts:#digits': 'of fixed size, gone with the body',
  'packages/contract/src/json/snowflake-table.ts:#ids': 'of fixed size, gone with the body',
  'packages/process-metrics/src/bounds.ts:#bounds': 'one entry for each bound',
}

t.test('tells of the last run of each guild what the ledger has, and nothing when it cannot be read', async (t) => {
  const guild_id = GUILD
  t.notMatch(await scrape(), 'rollcall_sync_state{', 'no run, no series')
  const run = await request('POST', `/guilds/${GUILD}/sync-runs`, {})
  const runs = `/guilds/${GUILD}/sync-runs/${run.body.id}`
  await request('PATCH', runs, { ...NO_COUNTS, total: 5, done: 5, departed: 2, state: 'done' })
  const done = await scrape()
  t.equal(sample(done, 'rollcall_ledger_readable'), 1)
  t.equal(sample(done, 'rollcall_sync_state', { guild_id, state: 'done' }), 1)
  t.equal(sample(done, 'rollcall_sync_state', { guild_id, state: 'failed' }), 0)
  t.equal(sample(done, 'rollcall_sync_changes', { guild_id, outcome: 'done' }), 5)
  t.equal(sample(done, 'rollcall_sync_departures', { guild_id }), 2)
  const succeededAt = sample(done, 'rollcall_sync_last_success_timestamp_seconds', { guild_id }) ?? 0
  t.ok(Math.abs(succeededAt - Date.now() / 1_000) < 60)

  const second = await request('POST', `/guilds/${GUILD}/sync-runs`, {})
  await request('PATCH', `/guilds/${GUILD}/sync-runs/${second.body.id}`, { ...NO_COUNTS, state: 'failed', error: 'x' })
  const failed = await scrape()
  t.equal(sample(failed, 'rollcall_sync_state', { guild_id, state: 'failed' }), 1)
  t.equal(
    sample(failed, 'rollcall_sync_last_success_timestamp_seconds', { guild_id }),
    succeededAt,
    'of the one before',
  )

  await pool.query('alter table sync_run rename to sync_run_away')
  const unreadable = await scrape()
  await pool.query('alter table sync_run_away rename to sync_run')
  t.equal(sample(unreadable, 'rollcall_ledger_readable'), 0)
  t.notMatch(unreadable, 'rollcall_sync_state{')
  t.match(unreadable, 'rollcall_http_requests_total{', 'the rest is told')
})

t.test('tells how it goes with following live, in few series, and nothing when it cannot be read', async (t) => {
  t.equal(sample(await scrape(), 'rollcall_identifies_total'), 0, 'no bot, no budget')
  const gateway = '/gateway/77'
  const instance = '7b0c9b1e-6b3c-4a53-9f0e-0a4c3e8d2f11'
  const process = { instance, shard_count: 3, ttl_seconds: 30 }
  await request('POST', `${gateway}/shards/claims`, { ...process, holder: 'a', max: 2, preferred: [] })
  const last_event_at = new Date().toISOString()
  const ready = { shard_id: 0, epoch: 1, state: 'ready', lag_ms: 1_500, last_event_at }
  await request('POST', `${gateway}/shards/heartbeats`, { ...process, shards: [ready] })
  await request('POST', `${gateway}/identifies`, {
    shard_id: 0,
    session_start_limit: { total: 1_000, remaining: 400, reset_after: 60_000, max_concurrency: 1 },
  })
  const observed_at = new Date(Date.now() - 60_000).toISOString()
  await request('PATCH', '/guilds/sync-states', { marks: [{ guild_id: GUILD, observed_at, dirty: 'overflow' }] })
  await request('PUT', '/guilds', { guilds: [{ id: '4', name: 'New', observed_at: OBSERVED_AT, roles: [] }] })
  await pool.query(`insert into notice_claim (kind, claimed_at) values ('guild_first_seen', now() - interval '1 hour')`)

  const text = await scrape()
  t.equal(sample(text, 'rollcall_live_readable'), 1)
  for (const [state, count] of Object.entries({ free: 1, waiting: 1, connecting: 0, ready: 1, stopped: 0 })) {
    t.equal(sample(text, 'rollcall_shards', { state }), count, state)
  }
  t.ok((sample(text, 'rollcall_shard_heartbeat_age_seconds') ?? -1) >= 0)
  t.equal(sample(text, 'rollcall_live_lag_max_seconds'), 1.5)
  t.equal(sample(text, 'rollcall_live_lag_p99_seconds'), 1.5)
  t.equal(sample(text, 'rollcall_dirty_guilds', { reason: 'overflow' }), 1)
  t.equal(sample(text, 'rollcall_dirty_guilds', { reason: 'rejected' }), 0)
  t.ok((sample(text, 'rollcall_dirty_guild_age_seconds') ?? 0) >= 60)
  t.equal(sample(text, 'rollcall_identifies_total'), 1_000)
  t.equal(sample(text, 'rollcall_identifies_remaining'), 399)
  t.equal(sample(text, 'rollcall_notices', { state: 'pending' }), 1)
  t.equal(sample(text, 'rollcall_notices', { state: 'lost' }), 1)

  // Another number of shards takes over: those that nobody holds any more are none that are missing.
  await request('POST', `${gateway}/shards/claims`, { ...process, shard_count: 2, holder: 'a', max: 2, preferred: [] })
  await pool.query(
    `update gateway_shard set expires_at = now(), heartbeat_at = now() - interval '1 minute' where shard_count = 3 and instance is not null`,
  )
  const resharded = await scrape()
  t.equal(sample(resharded, 'rollcall_shards', { state: 'free' }), 0)
  t.equal(sample(resharded, 'rollcall_shards', { state: 'waiting' }), 2)

  await pool.query('alter table guild_sync rename to guild_sync_away')
  const unreadable = await scrape()
  await pool.query('alter table guild_sync_away rename to guild_sync')
  t.equal(sample(unreadable, 'rollcall_live_readable'), 0)
  t.notMatch(unreadable, 'rollcall_shards{')
})

t.test('alerts and dashboard ask for no metric and no label that is not there', async (t) => {
  const labels = new Map<string, readonly string[]>()
  const text = await scrape()
  for (const metric of registry.getMetricsAsArray()) {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: readonly string[] }
    labels.set(name, labelNames)
    if (!new RegExp(`^# TYPE ${name} (histogram|summary)$`, 'm').test(text)) continue
    labels.set(`${name}_bucket`, [...labelNames, 'le'])
    for (const part of ['sum', 'count']) labels.set(`${name}_${part}`, labelNames)
  }
  const asked = new Map<string, string>()
  const wrong: string[] = []
  for (const file of ['alerts.yaml', 'dashboard.json']) {
    const content = await readFile(new URL(`../../../k8s/monitoring/${file}`, import.meta.url), 'utf8')
    for (const [, name = '', selector = ''] of content.matchAll(OURS)) {
      asked.set(name, file)
      for (const [, label = ''] of selector.matchAll(/(\w+)[\\]?(?:=|!)/g)) {
        if (!labels.get(name)?.includes(label)) wrong.push(`${name}{${label}} in ${file}`)
      }
    }
    const known = new Set([...[...labels.values()].flat(), ...OF_THE_TARGET])
    for (const [, grouped = ''] of content.matchAll(/\b(?:by|on) \(([^)]+)\)/g)) {
      for (const label of grouped.split(', ')) if (!known.has(label)) wrong.push(`(${label}) in ${file}`)
    }
  }
  t.ok(asked.size > 20)
  for (const [name, file] of asked) t.ok(labels.has(name), `${name} in ${file}`)
  t.strictSame(wrong, [])
})

/** A metric of ours, and what is chosen of it. Quotes within JSON are escaped. */
const OURS = /\b((?:rollcall|process|nodejs)_[a-z_0-9]+)(?:\{([^}]*)\})?/g

/** What Prometheus and the exporters of Kubernetes put on a series. */
const OF_THE_TARGET = ['job', 'instance', 'namespace', 'pod', 'container']
