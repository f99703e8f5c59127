import dns, { lookup as namedLookup } from 'node:dns'
import { once } from 'node:events'
import { get } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { promisify } from 'node:util'
import { Bounds, createRegistry } from '@rollcall/process-metrics'
import t, { type Test } from 'tap'
import { cacheLookups, lookupCounters } from '../src/index.js'
import { DOUBT_MS } from '../src/name-cache.js'

type Answer = dns.LookupAddress[] | Error

/** The cache over a `dns.lookup` whose answers the test gives; both are gone with the test. */
function install(t: Test, answers: Record<string, Answer>) {
  const { lookup: nodes } = dns
  const asked: string[] = []
  const clock = { nowMs: 1_000 }
  const fake = (hostname: string, options: dns.LookupOptions, callback: (error: unknown, found?: unknown) => void) => {
    const answer = answers[hostname]
    if (answer === undefined) return nodes(hostname, options, callback)
    asked.push(hostname)
    const sorted = Array.isArray(answer) && options.order === 'ipv6first' ? [...answer].reverse() : answer
    if (Array.isArray(sorted)) process.nextTick(callback, null, sorted)
    else process.nextTick(callback, sorted)
  }
  for (const symbol of Object.getOwnPropertySymbols(nodes))
    Object.assign(fake, { [symbol]: Reflect.get(nodes, symbol) })
  dns.lookup = fake as unknown as typeof dns.lookup
  const bounds = new Bounds()
  const registry = createRegistry({ bounds })
  const restore = cacheLookups({ lifetimeMs: 30_000, bounds, ...lookupCounters(registry), now: () => clock.nowMs })
  t.teardown(() => {
    restore()
    dns.lookup = nodes
    registry.clear()
  })
  return { asked, clock, bounds, registry, restore }
}

const BOTH: Answer = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

t.test('answers as Node does: one address or all, by callback or promise, and by the named import', async (t) => {
  const { asked } = install(t, { api: BOTH })
  t.strictSame(await promisify(dns.lookup)('api'), { address: '127.0.0.1', family: 4 })
  t.strictSame(await promisify(namedLookup)('api', { all: true }), BOTH)
  const changed = await promisify(dns.lookup)('api', { all: true })
  changed.pop()
  t.strictSame(await promisify(dns.lookup)('api', { all: true }), BOTH, 'a caller may change its list')
  t.equal(asked.length, 1)
  t.strictSame(await promisify(dns.lookup)('api', { order: 'ipv6first' }), { address: '::1', family: 6 })
  t.equal(asked.length, 2, 'another order is another question')
})

t.test('puts back what it found', async (t) => {
  const { asked, restore } = install(t, { api: BOTH })
  await promisify(dns.lookup)('api', { all: true })
  restore()
  await promisify(namedLookup)('api', { all: true })
  await promisify(dns.lookup)('api', { all: true })
  t.equal(asked.length, 3)
})

t.test('leaves addresses and localhost to Node, and its complaints about arguments', async (t) => {
  const { asked, registry } = install(t, {})
  t.strictSame(await promisify(dns.lookup)('::1'), { address: '::1', family: 6 })
  t.match(await promisify(dns.lookup)('localhost', 4), { address: '127.0.0.1' })
  t.throws(() => dns.lookup('api', { family: 5 }, () => {}), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => (dns.lookup as unknown as (name: string) => void)('api'), { code: 'ERR_INVALID_ARG_TYPE' })
  t.strictSame(asked, [])
  t.notMatch(await registry.metrics(), 'rollcall_dns_cache_answers_total{')
})

t.test('a failure reaches fetch and net with its code, system call and host', async (t) => {
  const fault = Object.assign(new Error('getaddrinfo EAI_AGAIN api'), {
    errno: -3001,
    code: 'EAI_AGAIN',
    syscall: 'getaddrinfo',
    hostname: 'api',
  })
  const { asked, registry, bounds } = install(t, { api: fault })
  const facts = { code: 'EAI_AGAIN', syscall: 'getaddrinfo', hostname: 'api' }
  await t.rejects(fetch('http://api/'), { cause: facts })
  const [error] = await once(connect(80, 'api'), 'error').catch((error) => [error])
  t.match(error, facts)
  t.strictSame(asked, ['api'])
  const metrics = await registry.metrics()
  t.match(metrics, 'rollcall_dns_lookup_failures_total 1')
  t.match(metrics, 'rollcall_dns_cache_answers_total{how="waited"} 1')
  t.match(metrics, 'rollcall_dns_cache_answers_total{how="failed"} 1')
  t.match(bounds.read(), [{ name: 'host_names', kind: 'cache', size: 1, max: 200, evictions: 0 }])
})

t.test('a name that cannot be connected to is asked again early', async (t) => {
  const server = createServer((socket) => socket.end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const moved: Answer = [{ address: '127.0.0.1', family: 4 }]
  const old: Answer = [{ address: '127.0.0.9', family: 4 }]
  const answers: Record<string, Answer> = { api: old, live: old, secure: old }
  const { asked, clock } = install(t, answers)
  const byFetch = () => fetch(`http://api:${port}/`)
  const byHttp = () => once(get(`http://live:${port}/`), 'response')
  await t.rejects(byFetch())
  await t.rejects(byHttp())
  const byTls = () => fetch(`https://secure:${port}/`)
  await t.rejects(byTls())
  answers.api = moved
  answers.live = moved
  clock.nowMs += DOUBT_MS
  await byFetch().catch(() => {})
  await byHttp().catch(() => {})
  await t.rejects(byTls())
  t.equal((await byFetch()).status, 204)
  const [response] = await byHttp()
  t.equal(response.statusCode, 204)
  t.strictSame(asked, ['api', 'live', 'secure', 'api', 'live', 'secure'])
})
