import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { z } from 'zod'
import { MemberPage, PatchMembersRequest, PatchMembersResponse, safeParse } from '../src/index.js'
import { readMemberPage, readPatchMembersRequest, readPatchMembersResponse } from '../src/read-members.js'

const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const roles = fc.uniqueArray(id, { maxLength: 40 })
const stamp = fc.constantFrom('2026-11-21T06:30:00.123456Z', '2024-02-29T00:00:00Z', '2026-01-31T23:59:59.9Z')
const name = fc.constantFrom('a', 'Zoë', '😀'.repeat(32), 'a'.repeat(32))
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
  read: (value: unknown) => unknown
  right: fc.Arbitrary<Record<string, unknown>>
  list: string
}

const kinds: Record<string, Kind> = {
  'a page': {
    schema: MemberPage,
    read: readMemberPage,
    right: fc.record({ members: some(member, 0), next_after: fc.option(id) }),
    list: 'members',
  },
  'a chunk': {
    schema: PatchMembersRequest,
    read: readPatchMembersRequest,
    right: fc.record(
      { members: fc.uniqueArray(patch, { selector: (it) => it.id, minLength: 1, maxLength: 6 }), observed_at: stamp },
      { requiredKeys: ['members'] },
    ),
    list: 'members',
  },
  'an answer to a chunk': {
    schema: PatchMembersResponse,
    read: readPatchMembersResponse,
    right: fc.record({
      counts: fc.record({ applied: count, unchanged: count, stale: count, failed: count }),
      results: some(result, 0),
    }),
    list: 'results',
  },
}

for (const [kind, { schema, read, right, list }] of Object.entries(kinds)) {
  t.test(`${kind} that is right is read by hand, as its schema reads it`, async () => {
    fc.assert(fc.property(right, (value) => isDeepStrictEqual(read(value), schema.parse(value))))
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
      const { data } = schema.safeParse(spoilt)
      if (data === undefined) refused++
      const byHand = read(spoilt)
      return (
        (byHand === undefined || isDeepStrictEqual(byHand, data)) &&
        isDeepStrictEqual(safeParse(schema, spoilt).data, data)
      )
    })
    fc.assert(property, { numRuns: 1_000 })
    t.ok(refused > 200, `${refused} of 1,000 were wrong`)
  })
}

t.test('a repeated member, a list in disorder and bare integers are read as the schema reads them', async (t) => {
  const observed_at = '2026-11-21T06:30:00Z'
  const chunk = (...ids: unknown[]) => ({ observed_at, members: ids.map((id) => ({ id, roles: ['3', 2, 1n] })) })
  for (const value of [chunk('1', '1'), chunk('2', '1'), chunk('2', '1', '2'), chunk(1, 2n, '3')]) {
    t.strictSame(safeParse(PatchMembersRequest, value).data, PatchMembersRequest.safeParse(value).data)
  }
  t.ok(readPatchMembersRequest(chunk('2', '1')), 'any order will do')
  t.notOk(readPatchMembersRequest(chunk('2', '1', '2')))
  t.notOk(readPatchMembersRequest({ ...chunk('1'), more: 1 }))
  t.notOk(readPatchMembersRequest(chunk(...Array.from({ length: 1_001 }, (_, index) => index))))
})

t.test('every fault of a chunk is worded by the schema', async (t) => {
  const { error } = safeParse(PatchMembersRequest, { members: [{ id: '1', name: '' }] })
  t.strictSame(
    error?.issues.map((issue) => issue.path),
    PatchMembersRequest.safeParse({ members: [{ id: '1', name: '' }] }).error?.issues.map((issue) => issue.path),
  )
  t.ok(error)
})
