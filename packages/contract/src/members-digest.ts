import { createHash, type Hash } from 'node:crypto'
import * as z from 'zod'
import { LIMITS, MAX_ROLES_PER_MEMBER } from './limits.js'
import { MAX_DISCRIMINATOR, MAX_NAME_LENGTH, type Member } from './member.js'
import { isText } from './text.js'

/** `GET /guilds/{guild_id}/members/digest`: of the present members of a range of ids. */
export const MembersDigest = z
  .object({
    sha256: z.nullable(z.string().regex(/^[0-9a-f]{64}$/)).meta({
      description: `Of all that is kept of them but their stamps; null: none. ${LIMITS.max_digested_members.sentence}`,
    }),
  })
  .meta({ id: 'MembersDigest' })
export type MembersDigest = z.output<typeof MembersDigest>

/** What is digested of a member. */
export type DigestedMember = Pick<Member, 'id' | 'name' | 'display_name' | 'discriminator'> & {
  /** Ascending. */
  readonly roles: readonly Member['roles'][number][]
}

/** UTF-8 takes four bytes for a code point at most; of each name so many, and of each role twelve. */
const MAX_MEMBER_BYTES = 64 + 8 * MAX_NAME_LENGTH + 12 * MAX_ROLES_PER_MEMBER
const BUFFER_BYTES = 65_536

/** Of `bigint` in Postgres. @see https://www.postgresql.org/docs/18/catalog-pg-type.html */
const INT8_OID = 20

/**
 * The digest that the API answers for exactly these present members: if the two are equal, so are the members.
 *
 * SHA-256 over the members by ascending id, of each of them, all numbers in network byte order: the id in 8 bytes; the name
 * in UTF-8 and a zero byte; the display name likewise; the discriminator in 4 bytes; the roles, ascending, as Postgres sends
 * a `bigint[]`. That is, in 4 bytes each, 1 (0 without roles), 0 and 20; then, unless there are none, their number and 1 in
 * 4 bytes each, and of every role 8 in 4 bytes and its id in 8.
 *
 * @returns undefined where a member is none that the API could have stored: nothing equals it
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/arrayfuncs.c (`array_send`)
 */
export function digestMembers(members: readonly DigestedMember[]): string | undefined {
  if (!members.every(isDigestible)) return undefined
  const writer = new Writer()
  for (const member of members) writer.member(member)
  return writer.digest()
}

/** Discord's word is not taken for it: a page may be of another shape than it should. */
const isDigestible = ({ name, display_name, discriminator, roles }: DigestedMember) =>
  isText(name, 1, MAX_NAME_LENGTH) &&
  isText(display_name, 0, MAX_NAME_LENGTH) &&
  Number.isInteger(discriminator) &&
  discriminator >= 0 &&
  discriminator <= MAX_DISCRIMINATOR &&
  roles.length <= MAX_ROLES_PER_MEMBER

/** Hashes a buffer full at a time: a call for every field would take several times as long as the hash itself. */
class Writer {
  readonly #hash: Hash = createHash('sha256')
  readonly #bytes = Buffer.allocUnsafe(BUFFER_BYTES)
  readonly #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, BUFFER_BYTES)
  #end = 0

  member({ id, name, display_name, discriminator, roles }: DigestedMember): void {
    if (this.#end + MAX_MEMBER_BYTES > BUFFER_BYTES) this.#flush()
    this.#int8(id)
    this.#text(name)
    this.#text(display_name)
    this.#int4(discriminator)
    this.#int4(roles.length > 0 ? 1 : 0)
    this.#int4(0)
    this.#int4(INT8_OID)
    if (roles.length === 0) return
    this.#int4(roles.length)
    this.#int4(1)
    for (const role of roles) {
      this.#int4(8)
      this.#int8(role)
    }
  }

  digest(): string {
    this.#flush()
    return this.#hash.digest('hex')
  }

  #flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#end))
    this.#end = 0
  }

  #int8(value: bigint): void {
    this.#view.setBigInt64(this.#end, value)
    this.#end += 8
  }

  #int4(value: number): void {
    this.#view.setInt32(this.#end, value)
    this.#end += 4
  }

  #text(value: string): void {
    this.#end += this.#bytes.write(value, this.#end)
    this.#bytes[this.#end++] = 0
  }
}
