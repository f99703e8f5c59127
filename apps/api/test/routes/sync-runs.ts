import { NO_COUNTS } from '@rollcall/contract'
import t from 'tap'
import { MAX_RUNS, REST_SECONDS } from '../../src/db/sync-runs.js'
import { build } from '../fixtures/build.js'
import { GUILD, nativeClient, putGuild } from '../fixtures/native.js'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
const RUNS = `/guilds/${GUILD}/sync-runs`

t.beforeEach(async () => {
  await pool.query('delete from guild where id = $1', [GUILD])
  await putGuild(request)
})

const start = (body: object = {}) => request('POST', RUNS, body)
const report = (id: string, fields: object) => request('PATCH', `${RUNS}/${id}`, { ...NO_COUNTS, ...fields })
/** As if the last run had ended so many seconds earlier than it did. */
const age = (seconds: number) =>
  pool.query(
    `update sync_run set finished_at = finished_at - make_interval(secs => $2), heartbeat_at = heartbeat_at - make_interval(secs => $2) where guild_id = $1`,
    [GUILD, seconds],
  )

t.test('a run starts, reports and ends, and the ledger keeps it', async (t) => {
  const { status, body: run } = await start()
  t.equal(status, 201)
  t.match(run, { guild_id: GUILD, state: 'running', attempt: 1, finished_at: null, error: null, ...NO_COUNTS })
  const counts = {
    members_expected: 10,
    members_read: 9,
    total: 5,
    done: 2,
    stale: 1,
    failed: 0,
    remaining: 2,
    patched: 2,
  }
  t.match(await report(run.id, counts), { status: 200, body: { state: 'running', ...counts } })
  const ended = { ...counts, done: 4, remaining: 0, state: 'done' }
  const { body } = await report(run.id, ended)
  t.match(body, { ...ended, finished_at: String })
  t.strictSame((await request('GET', `${RUNS}/${run.id}`)).body, body)
  t.match((await request('GET', RUNS)).body, { sync_runs: [body], next_before: null })
})

t.test('a status never claims more than was confirmed', async (t) => {
  const { body: run } = await start()
  const faulty = [
    { total: 5, done: 4 },
    { total: 5, done: 4, failed: 1, state: 'done' },
    { total: 5, done: 4, remaining: 1, state: 'done' },
    { total: -1, done: -1 },
    { state: 'running' },
    { state: 'success' },
    { error: 'x'.repeat(1_001) },
    { unknown: 1 },
  ]
  for (const fields of faulty) {
    t.match(await report(run.id, fields), { status: 400, body: { code: 'validation_failed' } }, JSON.stringify(fields))
  }
  t.match((await request('GET', `${RUNS}/${run.id}`)).body, { state: 'running', total: 0 })
  await t.rejects(
    pool.query(`update sync_run set state = 'done', finished_at = now(), total = 1, remaining = 1 where id = $1`, [
      run.id,
    ]),
    { message: /sync_run_done_is_complete/ },
    'nor does the database let it',
  )
})

t.test('a new run ends the one that is still running, which learns it at its next report', async (t) => {
  const { body: first } = await start()
  const { body: second } = await start()
  t.match(second, { state: 'running', attempt: 2 })
  t.match((await request('GET', `${RUNS}/${first.id}`)).body, { state: 'failed', error: /Another run/ })
  t.match(await report(first.id, {}), { status: 409, body: { code: 'sync_run_ended' } })
  t.match(await report(second.id, { state: 'done' }), { status: 200 })
  t.match(await report(second.id, {}), { status: 409 })
})

t.test('one of two that start at once ends the other', async (t) => {
  const answers = await Promise.all([start(), start(), start(), start()])
  t.ok(answers.filter((it) => it.status === 201).length >= 3)
  const { rows } = await pool.query(`select count(*)::int from sync_run where guild_id = $1 and state = 'running'`, [
    GUILD,
  ])
  t.ok(rows[0].count <= 1)
})

t.test(
  'retries have memory: each further failure makes the next attempt wait longer, until one succeeds',
  async (t) => {
    for (let attempt = 1; attempt < REST_SECONDS.length + 2; attempt++) {
      const rest = REST_SECONDS[Math.min(attempt - 1, REST_SECONDS.length - 1)] ?? 0
      if (rest > 0) {
        const early = await start()
        t.match(early, { status: 409, body: { code: 'sync_run_too_early' } }, `attempt ${attempt} at once`)
        t.ok(Math.abs(Number(early.headers['retry-after']) - rest) <= 2, `${early.headers['retry-after']} s of ${rest}`)
        await age(rest)
      }
      const { status, body: run } = await start()
      t.equal(status, 201)
      t.equal(run.attempt, attempt)
      await report(run.id, { state: 'failed', error: 'Discord answered 500.' })
    }
    t.match(await start(), { status: 409 })
    const { body: forced } = await start({ now: true })
    t.equal(forced.attempt, REST_SECONDS.length + 2)
    await report(forced.id, { state: 'done' })
    t.match((await start()).body, { attempt: 1 })
  },
)

t.test('runs that were killed count as failures: a crash loop is slowed down', async (t) => {
  for (let attempt = 1; attempt <= 3; attempt++) t.equal((await start()).status, 201)
  const { status, headers } = await start()
  t.equal(status, 409)
  t.ok(Number(headers['retry-after']) > 50)
  const { rows } = await pool.query(`select count(*)::int from sync_run where guild_id = $1 and state = 'running'`, [
    GUILD,
  ])
  t.equal(rows[0].count, 0, 'the killed run is not shown as running')
})

t.test('held and partial runs are no failures', async (t) => {
  for (const state of ['held', 'partial', 'held', 'partial', 'held']) {
    const { body: run } = await start()
    t.equal(run.attempt, 1)
    await report(run.id, { state, total: 3, remaining: 3 })
  }
  t.equal((await start()).status, 201)
})

t.test('lists newest first by keyset', async (t) => {
  for (let i = 0; i < 3; i++) await report((await start()).body.id, { state: 'done' })
  const { body: first } = await request('GET', `${RUNS}?limit=2`)
  t.equal(first.sync_runs.length, 2)
  t.ok(BigInt(first.sync_runs[0].id) > BigInt(first.sync_runs[1].id))
  const { body: second } = await request('GET', `${RUNS}?limit=2&before=${first.next_before}`)
  t.match(second, { sync_runs: [{ state: 'done' }], next_before: null })
})

/** So many runs that are over, and the ids of all of the guild, oldest first. */
const insert = (state: string, count: number) =>
  pool.query(
    `insert into sync_run (guild_id, state, attempt, started_at, heartbeat_at, finished_at)
    select $1, $2, 1, now(), now(), now() from generate_series(1, $3::int)`,
    [GUILD, state, count],
  )
const ids = async (): Promise<bigint[]> =>
  (await pool.query('select id from sync_run where guild_id = $1 order by id', [GUILD])).rows.map((it) => it.id)

t.test('the ledger keeps the last thousand runs of a guild', async (t) => {
  await insert('partial', MAX_RUNS - 1)
  const kept = await ids()
  const { body: last } = await start()
  t.strictSame(await ids(), [...kept, BigInt(last.id)], 'as many as it keeps')
  const { body: next } = await start()
  t.strictSame(await ids(), [...kept.slice(1), BigInt(last.id), BigInt(next.id)], 'and one more')

  await pool.query(`update sync_run set state = 'partial', finished_at = now() where state = 'running'`)
  await insert('partial', 2 * MAX_RUNS)
  await start()
  t.equal((await ids()).length, 2 * MAX_RUNS + 1, 'a long ledger is shortened step by step')
  await start()
  t.equal((await ids()).length, MAX_RUNS + 2)
  await start({ now: true })
  t.equal((await ids()).length, MAX_RUNS)
})

t.test('the ledger keeps the last run that was done, however long ago, and what it knows of failures', async (t) => {
  await insert('done', 2)
  const [, lastDone] = await ids()
  await insert('failed', MAX_RUNS + 5)
  await pool.query('update sync_run set attempt = 1000 where id = (select max(id) from sync_run)')
  t.match(await start(), { status: 409 })
  const { body: run } = await start({ now: true })
  t.equal(run.attempt, 1_001)
  const left = await ids()
  t.equal(left.length, MAX_RUNS + 1)
  t.equal(left[0], lastDone)
})

t.test('unknown guilds and runs are 404', async (t) => {
  t.match(await request('POST', '/guilds/404/sync-runs', {}), { status: 404, body: { code: 'unknown_guild' } })
  t.match(await request('GET', '/guilds/404/sync-runs'), { status: 404, body: { code: 'unknown_guild' } })
  t.match(await request('GET', `${RUNS}/404`), { status: 404, body: { code: 'unknown_sync_run' } })
  t.match(await report('404', {}), { status: 404, body: { code: 'unknown_sync_run' } })
  t.match(await request('POST', RUNS, { now: 'yes' }), { status: 400 })
})
