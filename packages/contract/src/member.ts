import * as z from 'zod'
import { MAX_MEMBERS_PER_REQUEST, MAX_ROLES_PER_MEMBER } from './limits.js'
import { isSnowflake, type Snowflake, SnowflakeInput, sortSnowflakes, toSnowflake } from './snowflake.js'
import { Stamp } from './stamp.js'
import { text } from './text.js'

/** Of Discord's names, in code points. */
export const MAX_NAME_LENGTH = 32
export const MAX_DISCRIMINATOR = 9_999

/** A role list is one check: a schema for each element would let a hostile list raise a million issues. */
const RoleIds = z
  .custom<SnowflakeInput[]>((value) => roleIdsFault(value) === undefined, {
    error: (issue) => roleIdsFault(issue.input) ?? 'Expected role ids',
  })
  .meta({
    type: 'array',
    items: { type: 'string', pattern: '^\\d{1,19}$' },
    maxItems: MAX_ROLES_PER_MEMBER,
    uniqueItems: true,
  })

function roleIdsFault(value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'Expected a list of role ids'
  if (value.length > MAX_ROLES_PER_MEMBER) return `Expected at most ${MAX_ROLES_PER_MEMBER} role ids`
  const faulty = value.findIndex((id) => !isSnowflake(id))
  if (faulty >= 0) return `Expected an id at position ${faulty}`
  return hasRepeat(value) ? 'Expected every role id once' : undefined
}

/** One spelling per id, so that strings need no conversion; mixed lists come only from other clients. */
function hasRepeat(ids: readonly SnowflakeInput[]): boolean {
  const spelt = ids.every((id) => typeof id === 'string') ? ids : ids.map(String)
  return new Set(spelt).size < ids.length
}

/** In memory role ids are ascending, so that equal sets are equal lists. */
const toRoleIds = (ids: SnowflakeInput[]): Snowflake[] => sortSnowflakes(ids.map(toSnowflake))

const member = {
  name: text(1, MAX_NAME_LENGTH),
  display_name: text(0, MAX_NAME_LENGTH),
  discriminator: z.int().min(0).max(MAX_DISCRIMINATOR),
  roles: RoleIds,
  in_guild: z.boolean(),
}

/** One account in one guild, present or former (`in_guild`), as the API answers it. */
export const Member = z
  .object({ id: SnowflakeInput, ...member, observed_at: Stamp })
  .transform((it) => ({ ...it, id: toSnowflake(it.id), roles: toRoleIds(it.roles) }))
  .meta({ id: 'Member' })
export type Member = z.output<typeof Member>

/** A page of members, ascending by id. */
export const MemberPage = z.object({
  members: z.array(Member),
  next_after: z.nullable(SnowflakeInput).meta({ description: 'The next `after`; null on the last page' }),
})
export type MemberPage = z.output<typeof MemberPage>

/** What an item of a bulk write may name. */
export const memberPatchFields = {
  id: SnowflakeInput,
  name: member.name.optional(),
  display_name: member.display_name.optional(),
  discriminator: member.discriminator.optional(),
  roles: member.roles.optional(),
  in_guild: member.in_guild.optional(),
  observed_at: Stamp.optional(),
}

/** An item in memory: ids as `bigint`, role ids ascending. */
export function toMemberPatch<T extends { id: SnowflakeInput; roles?: SnowflakeInput[] | undefined }>({
  id,
  roles,
  ...rest
}: T): Omit<T, 'id' | 'roles'> & { id: Snowflake; roles?: Snowflake[] } {
  return { ...rest, id: toSnowflake(id), ...(roles ? { roles: toRoleIds(roles) } : {}) }
}

/**
 * What was observed of one member. Only the fields that are named change. An item with all of them is complete and
 * creates a member that is not known; a partial one for an unknown member is that item's error.
 */
export const MemberPatch = z.strictObject(memberPatchFields).transform(toMemberPatch).meta({ id: 'MemberPatch' })
export type MemberPatch = z.output<typeof MemberPatch>

/** `PATCH /guilds/{guild_id}/members`: 1 to 1,000 observed changes, each id once, each with a stamp. */
export const PatchMembersRequest = z
  .strictObject({
    observed_at: Stamp.optional().meta({ description: 'The stamp of every item that has none of its own' }),
    members: z.array(MemberPatch).min(1).max(MAX_MEMBERS_PER_REQUEST),
  })
  .superRefine((request, context) => {
    const seen = new Set<Snowflake>()
    request.members.forEach((item, index) => {
      if (seen.has(item.id)) {
        context.addIssue({ code: 'custom', path: ['members', index, 'id'], message: `Expected ${item.id} only once` })
      }
      seen.add(item.id)
      if (item.observed_at === undefined && request.observed_at === undefined) {
        context.addIssue({
          code: 'custom',
          path: ['members', index, 'observed_at'],
          message: 'Expected a stamp here or in the request',
        })
      }
    })
  })
export type PatchMembersRequest = z.output<typeof PatchMembersRequest>

/**
 * - `applied`: the item was newer and changed something
 * - `unchanged`: the stored state was the same already
 * - `stale`: a newer observation is stored; nothing changed
 * - `failed`: nothing changed; `error` says why
 */
export const Verdict = z.enum(['applied', 'unchanged', 'stale', 'failed'])
export type Verdict = z.output<typeof Verdict>

export const ItemErrorCode = z.enum(['unknown_guild', 'unknown_member', 'unknown_role'])
export type ItemErrorCode = z.output<typeof ItemErrorCode>

export const ItemResult = z
  .object({
    id: SnowflakeInput,
    verdict: Verdict,
    error: z.object({ code: ItemErrorCode, message: z.string() }).optional(),
  })
  .transform((it) => ({ ...it, id: toSnowflake(it.id) }))
  .meta({ id: 'ItemResult' })
export type ItemResult = z.output<typeof ItemResult>

/** One result for every item, in the order of the request; the counts add up to their number. */
export const PatchMembersResponse = z.object({
  counts: z.object({ applied: z.int(), unchanged: z.int(), stale: z.int(), failed: z.int() }),
  results: z.array(ItemResult),
})
export type PatchMembersResponse = z.output<typeof PatchMembersResponse>
