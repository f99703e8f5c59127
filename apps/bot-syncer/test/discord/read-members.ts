import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { type DiscordMember, observe } from '../../src/core/observed-member.js'
import { readMembers } from '../../src/discord/read-members.js'

const STAMP = '2026-11-21T06:30:00.000Z'

const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 32 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
/** What Discord says besides, before, between and after what is wanted. */
const others = fc.dictionary(fc.constantFrom('avatar', 'flags', 'deaf', 'joined_at', 'pending', 'x'), fc.jsonValue(), {
  noNullPrototype: true,
})
const member = fc
  .tuple(
    others,
    fc.record(
      { id, username: name, global_name: maybe(name), discriminator: fc.constantFrom('0', '0042', '9999') },
      { requiredKeys: ['id', 'username', 'discriminator'] },
    ),
    fc.record({ nick: maybe(name), roles: fc.uniqueArray(id, { maxLength: 40 }) }, { requiredKeys: ['roles'] }),
    others,
  )
  .map(([before, user, rest, after]) => ({ ...before, user: { ...after, ...user, ...before }, ...rest, ...after }))

const byLibrary = (bytes: Buffer) =>
  (JSON.parse(new TextDecoder().decode(bytes)) as DiscordMember[]).map((it) => observe(it, STAMP))

t.test('a page is read by hand as it is read by JSON.parse', async () => {
  const page = fc.array(member, { maxLength: 8 })
  const property = fc.property(page, fc.constantFrom(undefined, 2), (members, indentation) => {
    const bytes = Buffer.from(JSON.stringify(members, undefined, indentation))
    return isDeepStrictEqual(readMembers(bytes, STAMP), byLibrary(bytes))
  })
  fc.assert(property, { numRuns: 100 })
})

t.test('a page whose bytes are spoilt is read the same way, or not by hand', async (t) => {
  let unread = 0
  const byte = fc.constantFrom(...Buffer.from(' "\\{}[],:-+.eE019ntu\n\0'), 0x80, 0xc3, 0xff)
  const property = fc.property(
    fc.array(member, { minLength: 1, maxLength: 3 }),
    fc.nat(),
    byte,
    (members, place, other) => {
      const bytes = Buffer.from(JSON.stringify(members))
      bytes[place % bytes.length] = other
      const read = readMembers(bytes, STAMP)
      if (read === undefined) unread++
      return read === undefined || isDeepStrictEqual(read, byLibrary(bytes))
    },
  )
  fc.assert(property, { numRuns: 500 })
  t.ok(unread > 100 && unread < 495, `${unread} of 500 were not read`)
})

t.test('what is not a page of members is not read by hand', async (t) => {
  const user = { id: '1', username: 'ana', discriminator: '0' }
  const right = { user, roles: [] }
  t.ok(readMembers(Buffer.from(JSON.stringify([right])), STAMP))
  for (const page of [
    {},
    [{ ...right, roles: null }],
    [{ roles: [] }],
    [{ user }],
    [{ ...right, user: { ...user, id: 1 } }],
    [{ ...right, user: { ...user, discriminator: '12345' } }],
    [{ ...right, user: { ...user, username: null } }],
    [{ ...right, roles: ['x'] }],
    [right, { ...right, user: { username: 'bo', discriminator: '0' } }],
  ]) {
    t.equal(readMembers(Buffer.from(JSON.stringify(page)), STAMP), undefined, JSON.stringify(page))
  }
})
