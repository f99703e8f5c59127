import fc from 'fast-check'
import t from 'tap'
import {
  CHUNK_LIMITS,
  chunked,
  ENVELOPE_BYTES,
  type EncodedPatch,
  encodePatch,
  MAX_BULK_BODY_BYTES,
  MAX_MEMBERS_PER_REQUEST,
  MAX_ROLES_PER_MEMBER,
  MAX_SNOWFLAKE,
  type MemberPatch,
  PatchMembersRequest,
  stampOf,
  withOwnStamps,
} from '../../src/index.js'

const OLDER = '2026-11-21T06:30:00.000Z'
const NEWER = '2026-11-21T06:30:01.000Z'
const departure = (id: bigint, stamp: string) => ({ ...encodePatch({ id, in_guild: false }), stamp })

const ids = fc.bigInt({ min: 0n, max: MAX_SNOWFLAKE })
const patches: fc.Arbitrary<MemberPatch> = fc.record(
  {
    id: ids,
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    display_name: fc.string({ unit: 'grapheme', maxLength: 8 }),
    discriminator: fc.integer({ min: 0, max: 9_999 }),
    roles: fc.uniqueArray(ids, { maxLength: 20 }).map((roles) => roles.sort((a, b) => (a < b ? -1 : 1))),
    in_guild: fc.boolean(),
  },
  { requiredKeys: ['id'], noNullPrototype: true },
)

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
/** An empty page may come, too. */
const pagesOf = <T>(items: readonly T[], size: number): T[][] => {
  const pages: T[][] = [[]]
  for (let index = 0; index < items.length; index += size) pages.push(items.slice(index, index + size))
  return pages
}
const bodyOf = (chunk: readonly EncodedPatch[]) =>
  `{"observed_at":${JSON.stringify(stampOf(0))},"members":[${chunk.map((it) => it.json).join(',')}]}`

t.test('a patch that is encoded and read back is the same patch', async () => {
  fc.assert(
    fc.property(patches, (patch) => {
      const [read] = PatchMembersRequest.parse(JSON.parse(bodyOf([encodePatch(patch)]))).members
      t.strictSame(read, patch)
    }),
  )
})

t.test('chunks hold every item once, in order, and none is over a limit', async () => {
  const limits = fc.record({ maxItems: fc.integer({ min: 1, max: 9 }), maxBytes: fc.integer({ min: 200, max: 2_000 }) })
  const pageSizes = fc.integer({ min: 1, max: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(patches, { maxLength: 40 }),
      limits,
      pageSizes,
      fc.nat(40),
      async (list, limits, pageSize, firstPage) => {
        const { maxItems, maxBytes } = limits
        const stampAt = (index: number) => ({ stamp: index < firstPage ? OLDER : NEWER })
        const items = list.map((patch, index) => ({ ...encodePatch(patch), ...stampAt(index) }))
        const chunks = await all(chunked(pagesOf(items, pageSize), { maxItems, maxBytes }))
        t.strictSame(chunks.flat(), items)
        for (const chunk of chunks) {
          const isWithin = Buffer.byteLength(bodyOf(withOwnStamps(chunk))) <= maxBytes
          if (chunk.length === 0 || chunk.length > maxItems || !(isWithin || chunk.length === 1)) return false
        }
        return true
      },
    ),
  )
})

t.test('no chunk is cut earlier than a limit asks for', async (t) => {
  const items = Array.from({ length: 2 * MAX_MEMBERS_PER_REQUEST + 1 }, (_, id) => encodePatch({ id: BigInt(id) }))
  const lengths = (await all(chunked([items]))).map((chunk) => chunk.length)
  t.strictSame(lengths, [MAX_MEMBERS_PER_REQUEST, MAX_MEMBERS_PER_REQUEST, 1])
})

t.test('bytes are counted in UTF-8, envelope included', async (t) => {
  const item = { id: 1n, json: JSON.stringify('é'.repeat(10)) }
  const size = Buffer.byteLength(item.json) + 1
  const cut = async (maxBytes: number) => (await all(chunked([[item, item]], { maxItems: 9, maxBytes }))).length
  t.equal(await cut(ENVELOPE_BYTES + 2 * size), 1)
  t.equal(await cut(ENVELOPE_BYTES + 2 * size - 1), 2)
})

t.test('a thousand members with every role travel in chunks that the API takes', async (t) => {
  const roles = Array.from({ length: MAX_ROLES_PER_MEMBER }, (_, role) => MAX_SNOWFLAKE - BigInt(role)).reverse()
  const name = '漢'.repeat(32)
  const member = { name, display_name: name, discriminator: 9_999, roles, in_guild: true }
  const items = Array.from({ length: 1_000 }, (_, id) => encodePatch({ id: MAX_SNOWFLAKE - BigInt(id), ...member }))
  const chunks = await all(chunked([items], CHUNK_LIMITS))
  t.ok(chunks.length > 1, 'more bytes than one request may have')
  for (const chunk of chunks) t.ok(Buffer.byteLength(bodyOf(chunk)) <= MAX_BULK_BODY_BYTES)
})

t.test('a single item over the byte limit travels alone', async (t) => {
  const large = { id: 2n, json: JSON.stringify('x'.repeat(1_000)) }
  const small = encodePatch({ id: 1n })
  const chunks = await all(chunked([[small, large], [small]], { maxItems: 9, maxBytes: 500 }))
  t.strictSame(chunks, [[small], [large], [small]])
})

t.test('one chunk is held at a time: the source is read no further than asked', async (t) => {
  let taken = 0
  function* source() {
    for (; taken < 100; taken += 5)
      yield Array.from({ length: 5 }, (_, index) => encodePatch({ id: BigInt(taken + index) }))
  }
  const chunks = chunked(source(), { maxItems: 10, maxBytes: 100_000 })
  await chunks.next()
  t.ok(taken <= 15, `${taken} taken for a chunk of 10`)
})

t.test('items of later pages carry the stamp of their page, the others that of the chunk', async (t) => {
  const items = withOwnStamps([departure(1n, OLDER), departure(2n, OLDER), departure(3n, NEWER)])
  const { members } = PatchMembersRequest.parse({
    observed_at: OLDER,
    members: items.map((it) => JSON.parse(it.json)),
  })
  t.strictSame(
    members.map((it) => it.observed_at),
    [undefined, undefined, NEWER],
  )
})

t.test('a chunk of one page is left as it is', async (t) => {
  const chunk = [departure(1n, OLDER), departure(2n, OLDER)]
  t.equal(withOwnStamps(chunk), chunk)
})

t.test('the stamps of their own are counted, so that no chunk grows over the limit', async (t) => {
  const items = Array.from({ length: 40 }, (_, index) => departure(BigInt(index), index < 2 ? OLDER : NEWER))
  const chunks = await all(chunked([items], { maxItems: 1_000, maxBytes: 1_000 }))
  const sizes = chunks.map((chunk) => Buffer.byteLength(bodyOf(withOwnStamps(chunk))))
  t.ok(
    sizes.every((size) => size <= 1_000),
    `${sizes}`,
  )
})
