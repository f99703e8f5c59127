import fc from 'fast-check'
import t from 'tap'
import { DOUBT_MS, FAILURE_MS, MAX_STALE_MS, NameCache, type NameCacheOptions, type Served } from '../src/name-cache.js'
import { keyOf, type Question } from '../src/question.js'

const LIFETIME_MS = 30_000
const DATABASE: Question = { hostname: 'database', family: 0, hints: 0, order: 'verbatim' }

/** A cache with a clock that the test moves, and a resolver that answers, fails or waits as the test says. */
function build(options: Partial<NameCacheOptions> = {}) {
  const state = { nowMs: 1_000, asked: 0, address: '192.0.2.1', fault: undefined as Error | undefined }
  const served: Served[] = []
  let gate: Promise<void> = Promise.resolve()
  const cache = new NameCache({
    lifetimeMs: LIFETIME_MS,
    now: () => state.nowMs,
    onServed: (how) => served.push(how),
    resolve: async () => {
      state.asked += 1
      await gate
      if (state.fault) throw state.fault
      return [{ address: state.address, family: 4 }]
    },
    ...options,
  })
  /** From now on the resolver answers when it is let to. */
  const hold = () => {
    const { promise, resolve } = withResolvers()
    gate = promise
    return resolve
  }
  const address = async (question = DATABASE) => (await cache.lookup(question))[0]?.address
  return { cache, state, served, hold, address }
}

function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** Lets what the cache does behind its callers' backs come to an end. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

const fault = (code = 'EAI_AGAIN') =>
  Object.assign(new Error(`getaddrinfo ${code}`), { code, syscall: 'getaddrinfo', hostname: 'database' })

t.test('ten thousand who ask at the same time share one look-up', async (t) => {
  const { state, hold, address, served } = build()
  const release = hold()
  const callers = Array.from({ length: 10_000 }, () => address())
  release()
  t.strictSame(new Set(await Promise.all(callers)), new Set(['192.0.2.1']))
  t.equal(state.asked, 1)
  t.equal(served.length, 10_000)
})

t.test('ten thousand who ask in vain share one look-up, and its error', async (t) => {
  const { state, address } = build()
  state.fault = fault('ENOTFOUND')
  const results = await Promise.allSettled(Array.from({ length: 10_000 }, () => address()))
  t.ok(results.every((it) => it.status === 'rejected' && it.reason === state.fault))
  t.equal(state.asked, 1)
})

t.test('an answer serves for its lifetime, and at its end one caller has it renewed while nobody waits', async (t) => {
  const { state, address, hold, served } = build()
  await address()
  state.nowMs += LIFETIME_MS
  await address()
  t.equal(state.asked, 1)

  state.nowMs += 1
  state.address = '192.0.2.2'
  const release = hold()
  for (let i = 0; i < 100; i += 1) t.equal(await address(), '192.0.2.1', 'nobody waits for a slow resolver')
  t.equal(state.asked, 2)
  release()
  await settle()
  t.equal(await address(), '192.0.2.2')
  t.equal(state.asked, 2)
  t.strictSame(served, ['waited', 'fresh', ...Array(100).fill('stale'), 'fresh'])
})

t.test('while the resolver fails the last answer serves, with one look-up in each lifetime', async (t) => {
  const { state, address } = build()
  await address()
  state.fault = fault()
  const end = state.nowMs + 10 * LIFETIME_MS
  for (; state.nowMs < end; state.nowMs += 100) {
    t.equal(await address(), '192.0.2.1')
    await settle()
  }
  t.ok(state.asked >= 9 && state.asked <= 11, `${state.asked} look-ups in ten lifetimes`)

  state.fault = undefined
  state.address = '192.0.2.2'
  state.nowMs += LIFETIME_MS + 1
  await address()
  await settle()
  t.equal(await address(), '192.0.2.2', 'and is replaced when it is back')
})

t.test('after an hour of failures the caller gets the error, and its facts', async (t) => {
  const { state, address } = build()
  await address()
  state.fault = fault()
  state.nowMs += MAX_STALE_MS - 10
  t.equal(await address(), '192.0.2.1')
  await settle()
  t.equal(await address(), '192.0.2.1')
  state.nowMs += 20
  await t.rejects(address(), { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: 'database' })
})

t.test('a failure is remembered for a second, and never served after', async (t) => {
  const { state, address, served } = build()
  state.fault = fault('ENOTFOUND')
  await t.rejects(address(), { code: 'ENOTFOUND' })
  state.nowMs += FAILURE_MS
  await t.rejects(address(), { code: 'ENOTFOUND' })
  t.equal(state.asked, 1)
  state.nowMs += 1
  state.fault = undefined
  t.equal(await address(), '192.0.2.1')
  t.equal(state.asked, 2)
  t.strictSame(served, ['waited', 'failed', 'waited'])
})

t.test('a failed connection has the name asked again early, but not in a flood', async (t) => {
  const { cache, state, address } = build()
  await address()
  state.address = '192.0.2.2'
  cache.doubt('elsewhere')
  state.nowMs += DOUBT_MS
  await address()
  t.equal(state.asked, 1, 'another name is not concerned')

  cache.doubt('database')
  t.equal(await address(), '192.0.2.1', 'it still serves while the resolver is asked')
  await settle()
  t.equal(await address(), '192.0.2.2')
  t.equal(state.asked, 2)

  for (const end = state.nowMs + 10 * DOUBT_MS; state.nowMs < end; state.nowMs += 100) {
    cache.doubt('database')
    await address()
    await settle()
  }
  t.ok(state.asked >= 11 && state.asked <= 12, `${state.asked} look-ups`)
})

t.test('a failed connection has a stale answer renewed early, too', async (t) => {
  const { cache, state, address } = build()
  await address()
  state.fault = fault()
  state.nowMs += LIFETIME_MS + 1
  await address()
  await settle()
  t.equal(state.asked, 2)
  state.fault = undefined
  state.address = '192.0.2.2'
  cache.doubt('database')
  state.nowMs += DOUBT_MS
  await address()
  await settle()
  t.equal(await address(), '192.0.2.2')
})

t.test('holds its number of names, drops the one that was not used for longest, and counts', async (t) => {
  const { cache, state, address } = build({ max: 200 })
  const name = (i: number) => ({ ...DATABASE, hostname: `name${i}` })
  for (let i = 0; i < 200; i += 1) await address(name(i))
  t.strictSame([cache.size, cache.max, cache.evictions], [200, 200, 0])
  await address(name(0))
  await address(name(200))
  t.strictSame([cache.size, cache.evictions, state.asked], [200, 1, 201])
  await address(name(0))
  t.equal(state.asked, 201, 'what was used is kept')
  await address(name(1))
  t.equal(state.asked, 202)
})

t.test('who waits is answered also when there is no room to keep the answer', async (t) => {
  const { cache, hold, address } = build({ max: 2 })
  const release = hold()
  const callers = Array.from({ length: 50 }, (_, i) => address({ ...DATABASE, hostname: `name${i}` }))
  release()
  t.strictSame(await Promise.all(callers), Array(50).fill('192.0.2.1'))
  t.ok(cache.size <= 2)
})

t.test(
  'whatever fails when, no question is asked twice in a lifetime, and no answer is older than an hour',
  async () => {
    const step = fc.record({
      waitMs: fc.oneof({ weight: 9, arbitrary: fc.nat(2 * LIFETIME_MS) }, fc.nat(2 * MAX_STALE_MS)),
      fails: fc.boolean(),
      family: fc.constantFrom(0 as const, 4 as const, 6 as const),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        let nowMs = 1
        let fails = false
        const asked = new Map<string, { atMs: number; failed: boolean }[]>()
        const cache = new NameCache({
          lifetimeMs: LIFETIME_MS,
          now: () => nowMs,
          resolve: async (question) => {
            asked.set(keyOf(question), [...(asked.get(keyOf(question)) ?? []), { atMs: nowMs, failed: fails }])
            if (fails) throw fault()
            return [{ address: `${nowMs}`, family: question.family }]
          },
        })
        for (const { waitMs, ...now } of steps) {
          nowMs += waitMs
          fails = now.fails
          const question = { ...DATABASE, family: now.family }
          const known = (asked.get(keyOf(question)) ?? []).some((it) => !it.failed && nowMs - it.atMs <= MAX_STALE_MS)
          const found = await cache.lookup(question).catch(() => undefined)
          await settle()
          if (known && found === undefined) return false
          if (found && (nowMs - Number(found[0]?.address) > MAX_STALE_MS || found[0]?.family !== now.family))
            return false
        }
        return [...asked.values()].every((times) =>
          times.every(({ atMs }, i) => {
            const before = times[i - 1]
            const hadAnswer = times.slice(0, i).some((it) => !it.failed && atMs - it.atMs <= MAX_STALE_MS)
            return before === undefined || atMs - before.atMs > (hadAnswer ? LIFETIME_MS : FAILURE_MS)
          }),
        )
      }),
    )
  },
)
