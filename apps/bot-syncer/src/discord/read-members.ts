import {
  JsonKeys,
  type JsonReader,
  MAX_ROLES_PER_MEMBER,
  readPlainly,
  type Snowflake,
  SnowflakeTable,
  type Stamp,
  sortSnowflakes,
} from '@rollcall/contract'
import type { ObservedMember } from '../core/observed-member.js'

const MEMBER_KEYS = new JsonKeys(['user', 'nick', 'roles'])
const USER_KEYS = new JsonKeys(['id', 'username', 'global_name', 'discriminator'])

const FOUR_DIGITS = /^\d{1,4}$/

/**
 * A page of Discord's list of members, read by hand from its bytes: most of what Discord says of a member is passed over, and
 * nothing is made of it.
 *
 * @returns what {@link observe} makes of each member, or undefined where something is not plainly right
 * @see https://discord.com/developers/docs/resources/guild#list-guild-members
 */
export const readMembers = (bytes: Uint8Array, stamp: Stamp): ObservedMember[] | undefined =>
  readPlainly(bytes, (reader) => new PageReader(reader, stamp).members())

/** The user of the member at hand is kept in fields: an object for each would be garbage at once. */
class PageReader {
  readonly #roleIds = new SnowflakeTable()
  #id: Snowflake | undefined
  #username: string | undefined
  #globalName: string | null = null
  #discriminator: number | undefined

  constructor(
    readonly reader: JsonReader,
    readonly stamp: Stamp,
  ) {}

  members(): ObservedMember[] {
    const members: ObservedMember[] = []
    this.reader.openArray()
    while (this.reader.hasElement()) members.push(this.#member())
    return members
  }

  #member(): ObservedMember {
    const { reader, stamp } = this
    let nick: string | null = null
    let roles: Snowflake[] | undefined
    this.#id = undefined
    reader.openObject()
    for (let key = reader.nextKey(MEMBER_KEYS); key !== undefined; key = reader.nextKey(MEMBER_KEYS)) {
      if (key === 'user') this.#readUser()
      else if (key === 'nick') nick = reader.isNull() ? null : reader.string()
      else if (key === 'roles') roles = sortSnowflakes(reader.snowflakes(MAX_ROLES_PER_MEMBER, this.#roleIds))
      else reader.skip()
    }
    const id = this.#id
    const name = this.#username
    const discriminator = this.#discriminator
    if (id === undefined || name === undefined || discriminator === undefined || roles === undefined) {
      return reader.giveUp()
    }
    return { id, name, display_name: nick ?? this.#globalName ?? name, discriminator, roles, stamp }
  }

  #readUser(): void {
    const { reader } = this
    this.#username = undefined
    this.#globalName = null
    this.#discriminator = undefined
    reader.openObject()
    for (let key = reader.nextKey(USER_KEYS); key !== undefined; key = reader.nextKey(USER_KEYS)) {
      if (key === 'id') this.#id = reader.snowflake()
      else if (key === 'username') this.#username = reader.string()
      else if (key === 'global_name') this.#globalName = reader.isNull() ? null : reader.string()
      else if (key === 'discriminator') this.#discriminator = this.#readDiscriminator()
      else reader.skip()
    }
  }

  /** `0` for people, and four digits for bots, which may begin with zeros. */
  #readDiscriminator(): number {
    const digits = this.reader.stringLike('0')
    return FOUR_DIGITS.test(digits) ? Number(digits) : this.reader.giveUp()
  }
}
