import { createHash } from 'node:crypto'
import t from 'tap'
import { type DigestedMember, digestMembers } from '../src/members-digest.js'

const ada: DigestedMember = { id: 258n, name: 'ada', display_name: 'Żółw', discriminator: 7, roles: [1n, 2n ** 62n] }
const bob: DigestedMember = { id: 2n ** 63n - 1n, name: 'bob', display_name: '', discriminator: 0, roles: [] }

const sha256 = (hex: string) =>
  createHash('sha256')
    .update(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
    .digest('hex')

t.test('is SHA-256 of the bytes that are documented', async (t) => {
  const adaBytes = `
    0000000000000102 616461 00 c5bbc3b3c58277 00 00000007
    00000001 00000000 00000014 00000002 00000001
    00000008 0000000000000001 00000008 4000000000000000`
  const bobBytes = '7fffffffffffffff 626f62 00 00 00000000 00000000 00000000 00000014'
  t.equal(digestMembers([ada, bob]), sha256(adaBytes + bobBytes))
  t.equal(digestMembers([bob]), sha256(bobBytes))
  t.equal(digestMembers([]), sha256(''))
})

t.test('is the same however many members there are to a buffer', async (t) => {
  const roles = Array.from({ length: 250 }, (_, index) => BigInt(index))
  const name = '𝒳'.repeat(32)
  const many = Array.from({ length: 300 }, (_, id) => ({
    id: BigInt(id),
    name,
    display_name: name,
    discriminator: 1,
    roles,
  }))
  const hash = createHash('sha256')
  for (const { id } of many) {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(id)
    hash.update(bytes).update(`${name}\0${name}\0`)
    hash.update(Buffer.from('00000001 00000001 00000000 00000014 000000fa 00000001'.replaceAll(' ', ''), 'hex'))
    for (const role of roles) hash.update(Buffer.from(`00000008${role.toString(16).padStart(16, '0')}`, 'hex'))
  }
  t.equal(digestMembers(many), hash.digest('hex'))
})

t.test('there is none of a member that the API could not have stored', async (t) => {
  for (const fault of [
    { name: 'a\0b' },
    { name: '' },
    { name: '€'.repeat(33) },
    { name: null as never },
    { display_name: '\ud83e' },
    { display_name: undefined as never },
    { discriminator: Number.NaN },
    { discriminator: 0.5 },
    { discriminator: 10_000 },
    { roles: Array.from({ length: 251 }, (_, index) => BigInt(index)) },
  ]) {
    t.equal(
      digestMembers([ada, { ...bob, ...fault }]),
      undefined,
      JSON.stringify(fault, (_key, value) => (typeof value === 'bigint' ? `${value}` : value)),
    )
  }
})
