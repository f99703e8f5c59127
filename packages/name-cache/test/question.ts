import dns from 'node:dns'
import fc from 'fast-check'
import t from 'tap'
import { keyOf, readCall } from '../src/question.js'

const callback = () => {}

const OPTIONS = fc.record(
  {
    family: fc.constantFrom(undefined, null, 0, 4, 6, 'IPv4', 'IPv6', 5, '4'),
    hints: fc.constantFrom(undefined, null, 0, dns.ADDRCONFIG, dns.V4MAPPED | dns.ALL, 1_048_576, '1', -1),
    all: fc.constantFrom(undefined, null, true, false, 1),
    verbatim: fc.constantFrom(undefined, null, true, false, 'yes'),
    order: fc.constantFrom(undefined, null, 'ipv4first', 'ipv6first', 'verbatim', 'random'),
  },
  { requiredKeys: [] },
)

t.test('reads every form of the arguments', async (t) => {
  const of = (family: number, all = false) => ({
    question: { hostname: 'api', family, hints: 0, order: 'verbatim' },
    all,
    callback,
  })
  t.strictSame(readCall(['api', callback]), of(0))
  t.strictSame(readCall(['api', 6, callback]), of(6))
  t.strictSame(readCall(['api', undefined, callback]), of(0))
  t.strictSame(readCall(['api', null, callback]), of(0))
  t.strictSame(readCall(['api', { family: 'IPv4', all: true }, callback]), of(4, true))
  t.equal(readCall(['api', { verbatim: false }, callback])?.question.order, 'ipv4first')
  t.equal(readCall(['api', { verbatim: false, order: 'ipv6first' }, callback])?.question.order, 'ipv6first')
})

t.test('follows the default order of the process', async (t) => {
  t.teardown(() => dns.setDefaultResultOrder('verbatim'))
  dns.setDefaultResultOrder('ipv4first')
  t.equal(readCall(['api', callback])?.question.order, 'ipv4first')
})

t.test('leaves to Node what needs no resolver, or is wrong', async (t) => {
  for (const name of ['127.0.0.1', '::1', 'localhost', '', 'a'.repeat(255), undefined, 7]) {
    t.equal(readCall([name, callback]), undefined, String(name).slice(0, 20))
  }
  t.equal(readCall(['api']), undefined)
  t.equal(readCall(['api', {}]), undefined)
  t.equal(readCall(['api', 'IPv4', callback]), undefined)
})

t.test(
  'takes a call exactly when Node takes its options, and gives questions that differ keys that differ',
  async (t) => {
    const keys = new Map<string, string>()
    fc.assert(
      fc.property(OPTIONS, (options) => {
        const call = readCall(['name.invalid', options, callback])
        // An address takes the same options and needs no resolver.
        if (call === undefined) {
          t.throws(() => dns.lookup('127.0.0.1', options as dns.LookupOptions, callback), JSON.stringify(options))
          return
        }
        dns.lookup('127.0.0.1', options as dns.LookupOptions, callback)
        const key = keyOf(call.question)
        const same = JSON.stringify(call.question)
        t.equal(keys.get(key) ?? same, same)
        keys.set(key, same)
      }),
      { numRuns: 2_000 },
    )
    t.ok(keys.size > 20, `${keys.size} questions`)
  },
)
