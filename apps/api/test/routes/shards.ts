import { randomUUID } from 'node:crypto'
import { LIMITS } from '@rollcall/contract'
import fc from 'fast-check'
import t from 'tap'
import { build } from '../fixtures/build.js'
import { nativeClient } from '../fixtures/native.js'

const { app, key, pool } = await build(t)
const request = nativeClient(app, key)
const SHARDS = '/gateway/77/shards'
const SESSION = { session_id: 's1', resume_gateway_url: 'wss://gateway.example/', sequence: 10 }

t.beforeEach(() => pool.query('delete from gateway_shard'))

interface Process {
  readonly holder: string
  readonly instance: string
}
const aProcess = (holder = 'syncer-0'): Process => ({ holder, instance: randomUUID() })
const post = async (what: string, body: object) => {
  const answer = await request('POST', `${SHARDS}/${what}`, { shard_count: 4, ttl_seconds: 30, ...body })
  if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${answer.text}`)
  return answer.body
}
const claim = (process: Process, body: object = {}) => post('claims', { ...process, max: 4, preferred: [], ...body })
const beat = ({ instance }: Process, shards: object[], body: object = {}) =>
  post('heartbeats', { instance, shards: shards.map((it) => ({ state: 'ready', ...it })), ...body })
const release = ({ instance }: Process, shards: object[]) =>
  request('POST', `${SHARDS}/releases`, { instance, shard_count: 4, shards })
const ids = ({ shards }: { shards: { shard_id: number }[] }) => shards.map((it) => it.shard_id)
const list = async () => (await request('GET', SHARDS)).body.shards
/** As if so many seconds had passed. */
const age = (seconds: number) =>
  pool.query(
    `update gateway_shard set expires_at = expires_at - make_interval(secs => $1), wanted_until = wanted_until - make_interval(secs => $1)`,
    [seconds],
  )

t.test('free shards are leased until the instance holds as many as it wants, and shown', async (t) => {
  const [a, b] = [aProcess('a'), aProcess('b')]
  const first = await claim(a, { max: 3, preferred: [2] })
  t.strictSame(
    first.shards,
    [0, 1, 2].map((shard_id) => ({ shard_id, epoch: 1, session: null })),
  )
  t.ok(Math.abs(Date.parse(first.now) - Date.now()) < 60_000)
  t.strictSame(ids(await claim(b)), [3])
  t.strictSame(ids(await claim(a, { max: 3 })), [0, 1, 2], 'again: the same')
  t.match(await list(), [
    { shard_id: 0, shard_count: 4, state: 'waiting', holder: 'a', sequence: null },
    { shard_id: 1 },
    { shard_id: 2 },
    { shard_id: 3, holder: 'b' },
  ])
  t.notMatch((await request('GET', SHARDS)).text, 'session_id')
  const page = (await request('GET', `${SHARDS}?limit=3&after=0`)).body
  t.match(page, { shards: { length: 3 }, next_after: 3 })
  t.strictSame(ids(await claim(aProcess('c'), { max: 1, preferred: [3] })), [])
})

t.test('a heartbeat stores the resume point, and a late one takes nothing back', async (t) => {
  const a = aProcess()
  await claim(a)
  const shard = { shard_id: 1, epoch: 1 }
  const at = new Date().toISOString()
  const first = { ...shard, session: SESSION, detail: 'fine', last_event_at: at, lag_ms: 7 }
  t.match(await beat(a, [first]), { lost: [], wanted: [] })
  t.match((await list())[1], { state: 'ready', detail: 'fine', sequence: 10, lag_ms: 7 })
  await beat(a, [{ ...shard, session: { ...SESSION, sequence: 20 } }])
  await beat(a, [{ ...shard, session: { ...SESSION, sequence: 15 } }])
  await beat(a, [{ ...shard, state: 'connecting' }])
  t.strictSame((await claim(a)).shards[1].session, { ...SESSION, sequence: 20 }, 'not given: as before')
  t.match((await list())[1], { state: 'connecting', detail: null, lag_ms: 7 })
  await beat(a, [{ ...shard, session: { ...SESSION, session_id: 's2', sequence: 1 } }])
  t.match((await claim(a)).shards[1].session, { session_id: 's2', sequence: 1 }, 'another session begins anew')
  await beat(a, [{ ...shard, session: null }])
  t.strictSame((await claim(a)).shards[1].session, null)
})

t.test('a released shard is free at once, with its resume point', async (t) => {
  const [a, b] = [aProcess('a'), aProcess('b')]
  await claim(a)
  t.strictSame((await release(a, [{ shard_id: 2, epoch: 1, session: SESSION }])).body, { released: [2] })
  t.match((await list())[2], { state: 'free', holder: null, lease_ends_at: null, sequence: 10 })
  t.strictSame((await claim(b)).shards, [{ shard_id: 2, epoch: 2, session: SESSION }])
  t.strictSame((await release(a, [{ shard_id: 2, epoch: 1 }])).body, { released: [] }, 'it is no longer theirs')
  t.strictSame(ids(await claim(b)), [2])
})

t.test('an expired lease is taken, and whoever had it can neither extend nor release it', async (t) => {
  const [a, b] = [aProcess('a'), aProcess('b')]
  await claim(a, { max: 2 })
  await beat(a, [{ shard_id: 0, epoch: 1, session: SESSION }])
  await age(31)
  t.match((await list())[0], { state: 'free', holder: null })
  t.match(await beat(a, [{ shard_id: 1, epoch: 1 }]), { lost: [] }, 'nobody has taken it: it goes on')
  t.strictSame((await claim(b, { max: 1 })).shards, [{ shard_id: 0, epoch: 2, session: SESSION }])
  const stale = { shard_id: 0, epoch: 1, session: { ...SESSION, sequence: 999 } }
  t.match(await beat(a, [stale, { shard_id: 1, epoch: 1 }]), { lost: [0], wanted: [] })
  t.strictSame((await release(a, [stale])).body, { released: [] })
  t.strictSame((await claim(b, { max: 1 })).shards[0].session, SESSION)
  t.match(await beat(b, [{ ...stale, epoch: 1 }]), { lost: [0] }, 'the epoch counts, too')
})

t.test('a restarted holder gets its shards back at once, and the process before it has lost them', async (t) => {
  const [before, after] = [aProcess('a'), aProcess('a')]
  await claim(before)
  t.match((await claim(after)).shards, [{ epoch: 2 }, { epoch: 2 }, { epoch: 2 }, { epoch: 2 }])
  t.strictSame((await beat(before, [{ shard_id: 0, epoch: 1 }])).lost, [0])
})

t.test('a preferred shard is asked back, and kept for who asked as long as it asks', async (t) => {
  const [a, b, c] = [aProcess('a'), aProcess('b'), aProcess('c')]
  await claim(b, { preferred: [3] })
  t.strictSame(ids(await claim(a, { max: 1, preferred: [2, 3] })), [], 'b holds them, and prefers 3 itself')
  const all = [0, 1, 2, 3].map((shard_id) => ({ shard_id, epoch: 1 }))
  t.strictSame((await beat(b, all)).wanted, [2])
  await release(b, [{ shard_id: 2, epoch: 1, session: SESSION }])
  t.strictSame(ids(await claim(c)), [], 'kept for a')
  t.strictSame(ids(await claim(b)), [0, 1, 3], 'also from who gave it back')
  t.strictSame((await claim(a, { max: 1, preferred: [2, 3] })).shards, [{ shard_id: 2, epoch: 2, session: SESSION }])
  t.strictSame(
    (
      await beat(
        b,
        [all[0], all[1], all[3]].map((it) => ({ ...it })),
      )
    ).wanted,
    [],
  )

  await claim(c, { max: 1, preferred: [0] })
  t.strictSame((await beat(b, [{ shard_id: 0, epoch: 1 }])).wanted, [0])
  await release(b, [{ shard_id: 0, epoch: 1 }])
  t.notOk(ids(await claim(b)).includes(0))
  await age(31)
  t.ok(ids(await claim(b)).includes(0), 'who asked is gone')
})

t.test(
  'whatever processes do at once, a shard has one holder, and leases are never taken while they last',
  async (t) => {
    const action = fc.record({
      process: fc.nat(5),
      what: fc.constantFrom('claim', 'claim', 'beat', 'release', 'restart', 'age'),
      max: fc.integer({ min: 0, max: 16 }),
      preferred: fc.uniqueArray(fc.nat(15), { maxLength: 8 }),
    })
    const history = fc.array(fc.array(action, { minLength: 1, maxLength: 8 }), { minLength: 3, maxLength: 10 })
    const shards = { shard_count: 16 }
    const run = fc.asyncProperty(history, async (rounds) => {
      await pool.query('delete from gateway_shard')
      const processes = Array.from({ length: 6 }, (_, index) => aProcess(`p${index}`))
      /** What each instance believes: shard and epoch, with the newest answer. */
      const beliefs = new Map<string, Map<number, number>>()
      const given = new Set<string>()
      for (const round of rounds) {
        if (round.some((it) => it.what === 'age')) await age(31)
        await Promise.all(
          round.map(async ({ process: index, what, max, preferred }) => {
            if (what === 'restart') processes[index] = aProcess(`p${index}`)
            const it = processes[index] as Process
            const own = beliefs.get(it.instance) ?? new Map<number, number>()
            beliefs.set(it.instance, own)
            const known = [...own].map(([shard_id, epoch]) => ({ shard_id, epoch }))
            // Unless it has been given again meanwhile.
            const forget = (leases: typeof known) => {
              for (const { shard_id, epoch } of leases) if (own.get(shard_id) === epoch) own.delete(shard_id)
            }
            if (what === 'claim') {
              for (const { shard_id, epoch } of (await claim(it, { ...shards, max, preferred })).shards) {
                const lease = `${shard_id}/${epoch}`
                if (own.get(shard_id) !== epoch && given.has(lease)) throw new Error(`${lease} was given twice`)
                given.add(lease)
                own.set(shard_id, epoch)
              }
            } else if (what === 'beat' && known.length > 0) {
              const { lost } = await beat(it, known, shards)
              forget(known.filter((lease) => lost.includes(lease.shard_id)))
            } else if (what === 'release' && known.length > 0) {
              await post('releases', { ttl_seconds: undefined, ...shards, instance: it.instance, shards: known })
              forget(known)
            }
          }),
        )
        const { rows } = await pool.query<{ shard_id: number; instance: string; epoch: number }>(
          'select shard_id, instance, epoch from gateway_shard where instance is not null',
        )
        for (const { shard_id, instance, epoch } of rows) {
          // A process that was restarted has forgotten what it held.
          if (beliefs.has(instance)) t.equal(beliefs.get(instance)?.get(shard_id), epoch)
        }
      }
      await age(61)
      const answers = []
      for (const it of processes) answers.push(...ids(await claim(it, { ...shards, max: 3 })))
      if (new Set(answers).size !== answers.length) throw new Error(`Given twice: ${answers}`)
      if (!t.passing()) throw new Error('A row names a holder that does not know of it')
    })
    const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31)
    t.comment(`seed ${seed}`)
    await fc.assert(run, { numRuns: 25, seed })
  },
)

t.test('twenty that claim at once share the shards: none twice, none left', async (t) => {
  const body = { shard_count: 100, max: 7 }
  const given: number[] = []
  const processes = Array.from({ length: 20 }, (_, index) => aProcess(`p${index}`))
  const claims = () => Promise.all(processes.map((it) => claim(it, body)))
  await claims()
  for (const it of await claims()) given.push(...ids(it))
  t.equal(new Set(given).size, given.length)
  t.equal(given.length, 100)
})

t.test('limits, faults and scopes', async (t) => {
  const { max } = LIMITS.max_shards_per_process
  const a = aProcess()
  const shards = Array.from({ length: max + 1 }, (_, shard_id) => ({ shard_id, epoch: 1, state: 'ready' }))
  const send = (body: object) =>
    request('POST', `${SHARDS}/heartbeats`, { instance: a.instance, shard_count: 600, ttl_seconds: 9, ...body })
  t.match(await send({ shards: shards.slice(1) }), { status: 200, body: { lost: { length: max } } })
  const many = { status: 413, body: { code: 'too_many_items', limit: 'max_shards_per_process', max, sent: max + 1 } }
  t.match(await send({ shards }), many)
  const detail = '🎉'.repeat(500)
  const largest = { ...SESSION, session_id: 's'.repeat(200), resume_gateway_url: 'u'.repeat(300) }
  const full = shards.slice(1).map((it) => ({ ...it, detail: 'd'.repeat(500), session: largest }))
  t.match(await send({ shards: full }), { status: 200 }, 'a full report of long ASCII texts fits')
  const { max: bytes } = LIMITS.max_report_body_bytes
  const tooLarge = await send({ shards: full.map((it) => ({ ...it, detail })) })
  t.match(tooLarge, { status: 413, body: { code: 'body_too_large', limit: 'max_report_body_bytes', max: bytes } })
  t.match(await send({ shards: [{ shard_id: 0, epoch: 1, state: 'free' }] }), { status: 400 })
  const ahead = { shard_id: 0, epoch: 1, state: 'ready', last_event_at: '2999-01-01T00:00:00Z' }
  t.match(await send({ shards: [ahead] }), { status: 400, body: { issues: [{ path: 'shards[0].last_event_at' }] } })
  t.match(await request('GET', `${SHARDS}?after=65537`), { status: 400 })
})
