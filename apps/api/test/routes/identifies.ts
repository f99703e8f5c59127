import t from 'tap'
import { mergeBudget } from '../../src/db/live/reserve-identify.js'
import { build } from '../fixtures/build.js'
import { nativeClient } from '../fixtures/native.js'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
const DAY_MS = 86_400_000

t.beforeEach(() => pool.query('truncate gateway_identify_budget, gateway_identify_key'))

const ask = async (shard_id: number, limit: object = {}, interval_ms = 10) => {
  const session_start_limit = { total: 1_000, remaining: 1_000, reset_after: 3_600_000, max_concurrency: 1, ...limit }
  return (await request('POST', '/gateway/77/identifies', { shard_id, session_start_limit, interval_ms })).body
}
/** As if so many milliseconds had passed. */
const age = (ms: number) =>
  pool.query(
    `with key as (update gateway_identify_key set next_at = next_at - make_interval(secs => $1))
     update gateway_identify_budget set window_ends_at = window_ends_at - make_interval(secs => $1)`,
    [ms / 1_000],
  )

t.test('one identify for each key and interval', async (t) => {
  const limit = { max_concurrency: 2 }
  t.strictSame(await ask(0, limit, 5_000), { granted: true, remaining: 999 })
  t.strictSame(await ask(1, limit, 5_000), { granted: true, remaining: 998 })
  const waiting = await ask(2, limit, 5_000)
  t.match(waiting, { granted: false, reason: 'key', remaining: 998 })
  t.ok(waiting.wait_ms > 3_000 && waiting.wait_ms <= 5_000, waiting.wait_ms)
  await age(waiting.wait_ms)
  t.match(await ask(2, limit, 5_000), { granted: true, remaining: 997 })
})

t.test('fifty processes at once get exactly as many identifies as there are', async (t) => {
  const limit = { total: 37, remaining: 37, max_concurrency: 65_536 }
  const answers = await Promise.all(Array.from({ length: 100 }, (_, shard) => ask(shard, limit)))
  t.equal(answers.filter((it) => it.granted).length, 37)
  for (const it of answers.filter((it) => !it.granted)) t.match(it, { reason: 'budget', remaining: 0 })
  t.strictSame(
    answers
      .filter((it) => it.granted)
      .map((it) => it.remaining)
      .sort((a, b) => a - b),
    Array.from({ length: 37 }, (_, index) => index),
  )
})

t.test('fifty processes at once get one identify of one key', async (t) => {
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(0, {}, 60_000)))
  t.equal(answers.filter((it) => it.granted).length, 1)
  t.equal((await ask(1, {}, 10)).remaining, 999, 'who was not granted one has spent nothing')
})

t.test('the smaller of both words counts, until the window is over', async (t) => {
  t.match(await ask(0, { remaining: 3 }), { granted: true, remaining: 2 })
  await age(20)
  t.match(await ask(0, { remaining: 900 }), { granted: true, remaining: 1 }, 'what the rows say')
  await age(20)
  t.match(await ask(0, { remaining: 1 }), { granted: true, remaining: 0 }, 'what Discord says')
  const refused = await ask(0, { remaining: 1, reset_after: 10_000 })
  t.match(refused, { granted: false, reason: 'budget', remaining: 0 })
  t.ok(refused.wait_ms > 5_000 && refused.wait_ms <= 10_000, refused.wait_ms)
  await age(10_000)
  t.match(await ask(0, { remaining: 1_000, reset_after: DAY_MS }), { granted: true, remaining: 999 })
})

t.test('windows are told apart by their ends', async (t) => {
  const said = (remaining: number, reset_after: number) => ({
    total: 1_000,
    remaining,
    reset_after,
    max_concurrency: 1,
  })
  const known = { remaining: 5, endsInMs: 600_000 }
  t.strictSame(mergeBudget(known, said(900, 600_000)), { remaining: 5, endsInMs: 600_000 })
  t.strictSame(mergeBudget(known, said(900, 650_000)), { remaining: 5, endsInMs: 600_000 }, 'a word a minute old')
  t.strictSame(mergeBudget(known, said(4, 300_000)), { remaining: 4, endsInMs: 300_000 }, 'the sooner end')
  t.strictSame(mergeBudget(known, said(999, DAY_MS)), { remaining: 999, endsInMs: DAY_MS }, 'another window')
  t.strictSame(mergeBudget(known, said(1_000, 0)), known, 'not begun, says a late word')
  t.strictSame(mergeBudget({ remaining: 5, endsInMs: -1 }, said(1_000, 0)), { remaining: 1_000, endsInMs: DAY_MS })
  t.strictSame(mergeBudget({ remaining: 0, endsInMs: 0 }, { ...said(0, 0), total: 0 }).remaining, 0)
})
