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
import { isSnowflake, type Snowflake, sortSnowflakes, toSnowflake } from './snowflake.js'
import { isStamp, type Stamp } from './stamp.js'
import { isText } from './text.js'

/*
 * What travels a thousand at a time, read by hand: in about half the time of the schemas, and without their garbage, which
 * costs a small process more than the work itself. Each reader accepts only what its schema accepts, with the same result;
 * `undefined` means that something is not plainly right, and that the schema is to decide.
 */

type Fields<T> = Readonly<Partial<Record<keyof T, unknown>>>

export function readMemberPage(value: unknown): MemberPage | undefined {
  if (!isObject<MemberPage>(value)) return undefined
  const { next_after } = value
  if (next_after !== null && !isSnowflake(next_after)) return undefined
  const members = readEach(value.members, readMember)
  return members && { members, next_after }
}

function readMember(value: unknown): Member | undefined {
  if (!isObject<Member>(value)) return undefined
  const { id, name, display_name, discriminator, in_guild, observed_at } = value
  if (!isSnowflake(id) || !isName(name, 1) || !isName(display_name, 0) || !isDiscriminator(discriminator)) {
    return undefined
  }
  if (typeof in_guild !== 'boolean' || !isStampText(observed_at)) return undefined
  const roles = readRoles(value.roles)
  return roles && { id: toSnowflake(id), name, display_name, discriminator, roles, in_guild, observed_at }
}

export function readPatchMembersRequest(value: unknown): PatchMembersRequest | undefined {
  if (!isObject<PatchMembersRequest>(value) || !Object.keys(value).every(isOfRequest)) return undefined
  const { observed_at, members: items } = value
  if (observed_at !== undefined && !isStampText(observed_at)) return undefined
  if (!Array.isArray(items) || items.length < 1 || items.length > MAX_MEMBERS_PER_REQUEST) return undefined
  const members = readEach(items, readPatch)
  if (members === undefined || !hasEachOnce(members)) return undefined
  if (observed_at === undefined) return members.every((it) => it.observed_at) ? { members } : undefined
  return { observed_at, members }
}

const isOfRequest = (key: string) => key === 'members' || key === 'observed_at'

function readPatch(value: unknown): MemberPatch | undefined {
  if (!isObject<MemberPatch>(value) || !isSnowflake(value.id)) return undefined
  const patch: MemberPatch = { id: toSnowflake(value.id) }
  for (const key in value)
    if (!readField(patch, key as keyof MemberPatch, value[key as keyof MemberPatch])) return undefined
  return patch
}

/** @returns whether the field is one of a patch, and right */
function readField(patch: MemberPatch, key: keyof MemberPatch, value: unknown): boolean {
  switch (key) {
    case 'id':
      return true
    case 'name':
      return isName(value, 1) && set(patch, key, value)
    case 'display_name':
      return isName(value, 0) && set(patch, key, value)
    case 'discriminator':
      return isDiscriminator(value) && set(patch, key, value)
    case 'roles': {
      const roles = readRoles(value)
      return roles !== undefined && set(patch, key, roles)
    }
    case 'in_guild':
      return typeof value === 'boolean' && set(patch, key, value)
    case 'observed_at':
      return isStampText(value) && set(patch, key, value)
    default:
      return false
  }
}

function set<K extends keyof MemberPatch>(patch: MemberPatch, key: K, value: NonNullable<MemberPatch[K]>): true {
  patch[key] = value
  return true
}

export function readPatchMembersResponse(value: unknown): PatchMembersResponse | undefined {
  if (!isObject<PatchMembersResponse>(value) || !isObject<PatchMembersResponse['counts']>(value.counts))
    return undefined
  const { applied, unchanged, stale, failed } = value.counts
  if (!isInteger(applied) || !isInteger(unchanged) || !isInteger(stale) || !isInteger(failed)) return undefined
  const results = readEach(value.results, readResult)
  return results && { counts: { applied, unchanged, stale, failed }, results }
}

const VERDICTS: readonly unknown[] = Verdict.options

function readResult(value: unknown): ItemResult | undefined {
  if (!isObject<ItemResult>(value) || !isSnowflake(value.id) || 'error' in value) return undefined
  return VERDICTS.includes(value.verdict) ? { id: toSnowflake(value.id), verdict: value.verdict as Verdict } : undefined
}

function readRoles(value: unknown): Snowflake[] | undefined {
  if (!Array.isArray(value) || value.length > MAX_ROLES_PER_MEMBER || !value.every(isSnowflake)) return undefined
  const ids = sortSnowflakes(value.map(toSnowflake))
  return ids.every((id, index) => id !== ids[index - 1]) ? ids : undefined
}

function readEach<T>(values: unknown, read: (value: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(values)) return undefined
  const items: T[] = []
  for (const value of values) {
    const item = read(value)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

/** Lists that are in order need no set to show it. */
function hasEachOnce(members: readonly MemberPatch[]): boolean {
  const isAscending = members.every(({ id }, index) => index === 0 || id > (members[index - 1] as MemberPatch).id)
  return isAscending || new Set(members.map((it) => it.id)).size === members.length
}

const isObject = <T>(value: unknown): value is Fields<T> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isName = (value: unknown, min: number): value is string => isText(value, min, MAX_NAME_LENGTH)

const isInteger = (value: unknown): value is number => Number.isSafeInteger(value)

const isDiscriminator = (value: unknown): value is number =>
  isInteger(value) && value >= 0 && value <= MAX_DISCRIMINATOR

const isStampText = (value: unknown): value is Stamp => typeof value === 'string' && isStamp(value)
