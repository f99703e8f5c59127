import { JsonKeys } from './json/json-keys.js'
import { type JsonReader, readPlainly } from './json/json-reader.js'
import { SnowflakeTable } from './json/snowflake-table.js'
import { MAX_MEMBERS_PER_REQUEST, MAX_ROLES_PER_MEMBER } from './limits.js'
import {
  type ItemResult,
  MAX_DISCRIMINATOR,
  MAX_NAME_LENGTH,
  type Member,
  type MemberPage,
  type MemberPatch,
  type PatchMembersRequest,
  type PatchMembersResponse,
  Verdict,
} from './member.js'
import { type Snowflake, sortSnowflakes } from './snowflake.js'
import { isStamp, type Stamp } from './stamp.js'
import { isText } from './text.js'

/*
 * What travels a thousand at a time, read by hand from its bytes: without the text, the objects and the schemas in between,
 * whose garbage costs a small process more than the work itself. Each reader accepts only what `JSON.parse` and its schema
 * accept, with the same result; `undefined` means that something is not plainly right, and that they are to decide.
 */

export const readMemberPage = (bytes: Uint8Array): MemberPage | undefined =>
  readPlainly(bytes, (reader) => new MemberPageReader(reader).page())

export const readPatchMembersRequest = (bytes: Uint8Array): PatchMembersRequest | undefined =>
  readPlainly(bytes, (reader) => new PatchMembersReader(reader).request())

export const readPatchMembersResponse = (bytes: Uint8Array): PatchMembersResponse | undefined =>
  readPlainly(bytes, readResponse)

const MEMBER_KEYS = new JsonKeys(['id', 'name', 'display_name', 'discriminator', 'roles', 'in_guild', 'observed_at'])

/** The fields of members, which share what comes again and again. */
class MemberFieldReader {
  readonly #roleIds = new SnowflakeTable()
  #lastStamp: Stamp | undefined

  constructor(readonly reader: JsonReader) {}

  name(min: number): string {
    const name = this.reader.string()
    return isText(name, min, MAX_NAME_LENGTH) ? name : this.reader.giveUp()
  }

  discriminator(): number {
    const discriminator = this.reader.wholeNumber()
    return discriminator <= MAX_DISCRIMINATOR ? discriminator : this.reader.giveUp()
  }

  roles(): Snowflake[] {
    const ids = sortSnowflakes(this.reader.snowflakes(MAX_ROLES_PER_MEMBER, this.#roleIds))
    const isEachOnce = ids.every((id, index) => id !== ids[index - 1])
    return isEachOnce ? ids : this.reader.giveUp()
  }

  /** The same stamp again and again, which is looked at once. */
  stamp(): Stamp {
    const last = this.#lastStamp
    const stamp = last === undefined ? this.reader.string() : this.reader.stringLike(last)
    if (stamp !== last && !isStamp(stamp)) this.reader.giveUp()
    this.#lastStamp = stamp
    return stamp
  }
}

const PAGE_KEYS = new JsonKeys(['members', 'next_after'])

class MemberPageReader extends MemberFieldReader {
  page(): MemberPage {
    const { reader } = this
    let members: Member[] | undefined
    let next_after: MemberPage['next_after'] | undefined
    reader.openObject()
    for (let key = reader.nextKey(PAGE_KEYS); key !== undefined; key = reader.nextKey(PAGE_KEYS)) {
      if (key === 'members') members = this.#members()
      else if (key === 'next_after') next_after = reader.isNull() ? null : `${reader.snowflake()}`
      else reader.skip()
    }
    return members && next_after !== undefined ? { members, next_after } : reader.giveUp()
  }

  #members(): Member[] {
    const members: Member[] = []
    this.reader.openArray()
    while (this.reader.hasElement()) members.push(this.#member())
    return members
  }

  #member(): Member {
    const { reader } = this
    let id: Snowflake | undefined
    let name: string | undefined
    let display_name: string | undefined
    let discriminator: number | undefined
    let roles: Snowflake[] | undefined
    let in_guild: boolean | undefined
    let observed_at: Stamp | undefined
    reader.openObject()
    for (let key = reader.nextKey(MEMBER_KEYS); key !== undefined; key = reader.nextKey(MEMBER_KEYS)) {
      if (key === 'id') id = reader.snowflake()
      else if (key === 'name') name = this.name(1)
      else if (key === 'display_name') display_name = this.name(0)
      else if (key === 'discriminator') discriminator = this.discriminator()
      else if (key === 'roles') roles = this.roles()
      else if (key === 'in_guild') in_guild = reader.boolean()
      else if (key === 'observed_at') observed_at = this.stamp()
      else reader.skip()
    }
    if (id === undefined || name === undefined || display_name === undefined || discriminator === undefined) {
      return reader.giveUp()
    }
    if (roles === undefined || in_guild === undefined || observed_at === undefined) return reader.giveUp()
    return { id, name, display_name, discriminator, roles, in_guild, observed_at }
  }
}

const REQUEST_KEYS = new JsonKeys(['observed_at', 'members'])

class PatchMembersReader extends MemberFieldReader {
  request(): PatchMembersRequest {
    const { reader } = this
    let observed_at: Stamp | undefined
    let members: MemberPatch[] | undefined
    reader.openObject()
    for (let key = reader.nextKey(REQUEST_KEYS); key !== undefined; key = reader.nextKey(REQUEST_KEYS)) {
      if (key === 'observed_at') observed_at = this.stamp()
      else if (key === 'members') members = this.#patches()
      else reader.giveUp()
    }
    if (members === undefined || !hasEachOnce(members)) return reader.giveUp()
    if (observed_at !== undefined) return { observed_at, members }
    return members.every((it) => it.observed_at !== undefined) ? { members } : reader.giveUp()
  }

  #patches(): MemberPatch[] {
    const patches: MemberPatch[] = []
    this.reader.openArray()
    while (this.reader.hasElement()) {
      if (patches.push(this.#patch()) > MAX_MEMBERS_PER_REQUEST) this.reader.giveUp()
    }
    return patches.length > 0 ? patches : this.reader.giveUp()
  }

  #patch(): MemberPatch {
    const { reader } = this
    const patch: Partial<MemberPatch> = {}
    reader.openObject()
    for (let key = reader.nextKey(MEMBER_KEYS); key !== undefined; key = reader.nextKey(MEMBER_KEYS)) {
      if (key === 'id') patch.id = reader.snowflake()
      else if (key === 'name') patch.name = this.name(1)
      else if (key === 'display_name') patch.display_name = this.name(0)
      else if (key === 'discriminator') patch.discriminator = this.discriminator()
      else if (key === 'roles') patch.roles = this.roles()
      else if (key === 'in_guild') patch.in_guild = reader.boolean()
      else if (key === 'observed_at') patch.observed_at = this.stamp()
      else reader.giveUp()
    }
    return isNamed(patch) ? patch : reader.giveUp()
  }
}

const isNamed = (patch: Partial<MemberPatch>): patch is MemberPatch => patch.id !== undefined

/** Lists that are in order need no set to show it. */
function hasEachOnce(members: readonly MemberPatch[]): boolean {
  const isAscending = members.every(({ id }, index) => index === 0 || id > (members[index - 1] as MemberPatch).id)
  return isAscending || new Set(members.map((it) => it.id)).size === members.length
}

const RESPONSE_KEYS = new JsonKeys(['counts', 'results'])
const COUNT_KEYS = new JsonKeys(Verdict.options)
const RESULT_KEYS = new JsonKeys(['id', 'verdict', 'error'])

function readResponse(reader: JsonReader): PatchMembersResponse {
  let counts: PatchMembersResponse['counts'] | undefined
  let results: ItemResult[] | undefined
  reader.openObject()
  for (let key = reader.nextKey(RESPONSE_KEYS); key !== undefined; key = reader.nextKey(RESPONSE_KEYS)) {
    if (key === 'counts') counts = readCounts(reader)
    else if (key === 'results') results = readResults(reader)
    else reader.skip()
  }
  return counts && results ? { counts, results } : reader.giveUp()
}

function readCounts(reader: JsonReader): PatchMembersResponse['counts'] {
  const counts: Partial<PatchMembersResponse['counts']> = {}
  reader.openObject()
  for (let key = reader.nextKey(COUNT_KEYS); key !== undefined; key = reader.nextKey(COUNT_KEYS)) {
    if (key === '') reader.skip()
    else counts[key] = reader.wholeNumber()
  }
  const { applied, unchanged, stale, failed } = counts
  if (applied === undefined || unchanged === undefined || stale === undefined || failed === undefined) {
    return reader.giveUp()
  }
  return { applied, unchanged, stale, failed }
}

function readResults(reader: JsonReader): ItemResult[] {
  const results: ItemResult[] = []
  reader.openArray()
  while (reader.hasElement()) results.push(readResult(reader))
  return results
}

function readResult(reader: JsonReader): ItemResult {
  let id: Snowflake | undefined
  let verdict: Verdict | undefined
  reader.openObject()
  for (let key = reader.nextKey(RESULT_KEYS); key !== undefined; key = reader.nextKey(RESULT_KEYS)) {
    if (key === 'id') id = reader.snowflake()
    else if (key === 'verdict') verdict = readVerdict(reader)
    // An item with an error is rare, and its schema knows it.
    else if (key === 'error') reader.giveUp()
    else reader.skip()
  }
  return id !== undefined && verdict !== undefined ? { id, verdict } : reader.giveUp()
}

function readVerdict(reader: JsonReader): Verdict {
  const { data } = Verdict.safeParse(reader.stringLike('applied'))
  return data ?? reader.giveUp()
}
