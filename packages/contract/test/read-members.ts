import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { z } from 'zod'
import { MemberPage, PatchMembersRequest, PatchMembersResponse, readByHand } from '../src/index.js'

const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const roles = fc.uniqueArray(id, { maxLength: 40 })
const stamp = fc.constantFrom('2026-11-21T06:30:00.123456Z', '2024-02-29T00:00:00Z', '2026-01-31T23:59:59.9Z')
const name = fc.constantFrom('a', 'Zoë', '😀'.repeat(32), 'a'.repeat(32), '"\\\n\u0001')
const fields = {
  name,
  display_name: fc.oneof(name, fc.constant('')),
  discriminator: fc.integer({ min: 0, max: 9_999 }),
}
const member = fc.record({ id, ...fields, roles, in_guild: fc.boolean(), observed_at: stamp })
const patch = fc.record(
  { id, ...fields, roles, in_guild: fc.boolean(), observed_at: stamp },
  { requiredKeys: ['id', 'observed_at'] },
)
const result = fc.record({ id, verdict: fc.constantFrom('applied', 'unchanged', 'stale', 'failed') })
const count = fc.nat()
const some = <T>(item: fc.Arbitrary<T>, minLength: number) => fc.array(item, { minLength, maxLength: 6 })

/** What travels; a `bigint` stands for a bare integer. */
function bytesOf(value: unknown): Buffer {
  const spelt = JSON.stringify(value, (_key, it: unknown) => (typeof it === 'bigint' ? `bare ${it}` : it))
  return Buffer.from(spelt.replace(/"bare (-?\d+)"/g, '$1'))
}

/** What is wrong in one place, and now and then is not. */
const odd = fc.oneof(
  fc.constantFrom(undefined, null, '', '0', '01', '-1', ' 1', '9223372036854775808', 'a\0', '\ud800', '😀'.repeat(33)),
  fc.constantFrom(
    -1,
    0.5,
    10_000,
    2 ** 53,
    7n,
    -7n,
    2n ** 63n,
    true,
    '2026-02-30T00:00:00Z',
    '2026-11-21T06:30:00+01:00',
  ),
  fc.constantFrom(
    [],
    {},
    ['1', '1'],
    ['2', 1],
    ['1', '01'],
    Array.from({ length: 251 }, (_, index) => `${index}`),
  ),
)

interface Kind {
  schema: z.ZodType
  right: fc.Arbitrary<Record<string, unknown>>
  list: string
}

const kinds: Record<string, Kind> = {
  'a page': {
    schema: MemberPage,
    right: fc.record({ members: some(member, 0), next_after: fc.option(id) }),
    list: 'members',
  },
  'a chunk': {
    schema: PatchMembersRequest,
    right: fc.record(
      { members: fc.uniqueArray(patch, { selector: (it) => it.id, minLength: 1, maxLength: 6 }), observed_at: stamp },
      { requiredKeys: ['members'] },
    ),
    list: 'members',
  },
  'an answer to a chunk': {
    schema: PatchMembersResponse,
    right: fc.record({
      counts: fc.record({ applied: count, unchanged: count, stale: count, failed: count }),
      results: some(result, 0),
    }),
    list: 'results',
  },
}

for (const [kind, { schema, right, list }] of Object.entries(kinds)) {
  t.test(`${kind} that is right is read by hand, as its schema reads it`, async () => {
    fc.assert(fc.property(right, (value) => isDeepStrictEqual(readByHand(schema, bytesOf(value)), schema.parse(value))))
  })

  t.test(`${kind} with something odd in it is read as its schema reads it, or not by hand`, async (t) => {
    let refused = 0
    const property = fc.property(right, fc.nat(), fc.nat(), odd, (value, item, place, oddity) => {
      const spoilt = structuredClone(value) as Record<string, unknown>
      const items = spoilt[list] as Record<string, unknown>[]
      const targets = [spoilt, ...items, ...(spoilt.counts ? [spoilt.counts as Record<string, unknown>] : [])]
      const target = targets[item % targets.length] ?? spoilt
      const names = [...Object.keys(target), 'error', 'unheard_of']
      const name = names[place % names.length] ?? ''
      if (oddity === undefined) delete target[name]
      else target[name] = oddity
      const bytes = bytesOf(spoilt)
      const { data } = schema.safeParse(JSON.parse(bytes.toString()))
      if (data === undefined) refused++
      const byHand = readByHand(schema, bytes)
      return byHand === undefined || isDeepStrictEqual(byHand, data)
    })
    fc.assert(property, { numRuns: 1_000 })
    t.ok(refused > 200, `${refused} of 1,000 were wrong`)
  })

  t.test(`${kind} whose bytes are spoilt is read as JSON.parse and its schema read it, or not by hand`, async (t) => {
    let unread = 0
    const byte = fc.constantFrom(...Buffer.from(' "\\{}[],:-+.eE019ntu\n\0\u007f'), 0x80, 0xc3, 0xff)
    const property = fc.property(right, fc.nat(), byte, fc.nat({ max: 2 }), (value, place, other, way) => {
      const bytes = bytesOf(value)
      const at = place % bytes.length
      const rest = { 0: at, 1: at + 1, 2: bytes.length }[way]
      const spoilt = Buffer.concat([bytes.subarray(0, at), Buffer.from(way === 2 ? [] : [other]), bytes.subarray(rest)])
      const byHand = readByHand(schema, spoilt)
      if (byHand === undefined) {
        unread++
        return true
      }
      return isDeepStrictEqual(byHand, schema.safeParse(JSON.parse(spoilt.toString())).data)
    })
    fc.assert(property, { numRuns: 2_000 })
    t.ok(unread > 500 && unread < 2_000, `${unread} of 2,000 were not read`)
  })
}

const observed_at = '2026-11-21T06:30:00Z'
const chunk = (...ids: unknown[]) => ({ observed_at, members: ids.map((id) => ({ id, roles: ['3', '2', '1'] })) })

t.test('a list in disorder is read by hand; repeats, too many items, more fields and bare ids are not', async (t) => {
  const read = (value: unknown) => readByHand(PatchMembersRequest, bytesOf(value))
  t.strictSame(
    read(chunk('2', '1'))?.members.map((it) => [it.id, it.roles]),
    [
      [2n, [1n, 2n, 3n]],
      [1n, [1n, 2n, 3n]],
    ],
  )
  const many = (count: number) => chunk(...Array.from({ length: count }, (_, index) => `${index}`))
  t.equal(read(many(1_000))?.members.length, 1_000)
  t.equal(read(many(1_001)), undefined)
  t.equal(read(chunk()), undefined)
  t.equal(read(chunk('2', '1', '2')), undefined)
  t.equal(read({ ...chunk('1'), more: 1 }), undefined)
  t.equal(read(chunk(1)), undefined)
})

t.test('what has no reader is not read by hand', async (t) => {
  t.equal(readByHand(PatchMembersRequest.shape.members, bytesOf([])), undefined)
})
