import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createKey, hashKey } from '../../src/tokens/key.js'
import { type KnownToken, TokenBook, type TokenStore } from '../../src/tokens/token-book.js'

const key = createKey()

function storeOf(...tokens: [string, Partial<KnownToken>][]) {
  const store = {
    loads: 0,
    touched: [] as [number, number][],
    touchFault: undefined as Error | undefined,
    fault: undefined as Error | undefined,
    tokens: new Map<string, KnownToken>(),
    add(key: string, token: Partial<KnownToken> = {}) {
      const id = store.tokens.size + 1
      const known = { id, name: `token ${id}`, scopes: new Set(), expiresAt: null, revokedAt: null, ...token }
      store.tokens.set(hashKey(key).toString('hex'), known as KnownToken)
    },
    async load() {
      store.loads++
      if (store.fault) throw store.fault
      return new Map(store.tokens)
    },
    async touch(uses: ReadonlyMap<number, number>) {
      await sleep(10)
      if (store.touchFault) throw store.touchFault
      store.touched.push(...uses)
    },
  }
  for (const [key, token] of tokens) store.add(key, token)
  return store satisfies TokenStore
}

t.test('a key is recognisable, long, and never the same twice', async (t) => {
  t.match(key, /^rollcall_[\w-]{43}$/)
  t.not(createKey(), createKey())
})

t.test('finds a token by its key with one read for many requests', async (t) => {
  const store = storeOf([key, {}])
  const book = new TokenBook(store)
  const found = await Promise.all(Array.from({ length: 50 }, () => book.find(key)))
  t.equal(found[0]?.name, 'token 1')
  t.equal(store.loads, 1)
})

t.test('refuses an unknown key, and a flood of them reads no more than once in a quarter of a second', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, {}])
  const book = new TokenBook(store, { now: () => now })
  for (let i = 0; i < 1_000; i++) {
    now += 1
    await t.rejects(book.find(`rollcall_${i}`), { message: 'The token is not known.' })
  }
  t.ok(store.loads <= 5, `${store.loads} reads in a second`)
})

t.test('finds a token that was made a moment ago', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, {}])
  const book = new TokenBook(store, { now: () => now })
  await book.find(key)
  const later = createKey()
  store.add(later)
  now += 251
  t.equal((await book.find(later)).name, 'token 2')
})

t.test('refuses a token that has expired or was revoked, the latter within five seconds', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, { expiresAt: new Date(1_001_000) }])
  const book = new TokenBook(store, { now: () => now })
  await book.find(key)
  now = 1_001_000
  await t.rejects(book.find(key), { message: 'The token has expired or was revoked.' })

  const revoked = createKey()
  store.add(revoked)
  now += 300
  await book.find(revoked)
  store.add(revoked, { revokedAt: new Date(now) })
  now += 5_001
  await t.rejects(book.find(revoked), { message: 'The token has expired or was revoked.' })
})

t.test('does not take a store that cannot be read for a token that does not exist', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, {}])
  const book = new TokenBook(store, { now: () => now })
  await book.find(key)
  now += 6_000
  store.fault = new Error('ECONNREFUSED')
  await t.rejects(book.find(key), { message: 'ECONNREFUSED' })
  store.fault = undefined
  t.equal((await book.find(key)).name, 'token 1')
})

t.test('notes when a token was last used, once for many requests, though nobody comes after them', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, {}])
  const book = new TokenBook(store, { now: () => now, maxAgeMs: 20 })
  for (let i = 0; i < 10; i++) {
    now++
    await book.find(key)
  }
  now += 3_600_000
  await sleep(200)
  t.strictSame(store.touched, [[1, 1_000_010]])
  await book.noteUses()
  t.equal(store.touched.length, 1, 'nothing is left')
})

t.test('notes a use that came while others were noted, and one that could not be noted, with the next', async (t) => {
  let now = 1_000_000
  const store = storeOf([key, {}])
  const faults: unknown[] = []
  const book = new TokenBook(store, { now: () => now, maxAgeMs: 60_000, onError: (error) => faults.push(error) })
  const later = createKey()
  store.add(later)
  await book.find(key)
  const first = book.noteUses()
  now++
  await book.find(later)
  await first
  t.strictSame(store.touched, [[1, 1_000_000]])

  store.touchFault = new Error('ECONNREFUSED')
  const second = book.noteUses()
  now++
  await book.find(key)
  await second
  t.strictSame(faults, [store.touchFault])
  store.touchFault = undefined
  await book.noteUses()
  t.strictSame(store.touched.slice(1).sort(), [
    [1, 1_000_002],
    [2, 1_000_001],
  ])
})
