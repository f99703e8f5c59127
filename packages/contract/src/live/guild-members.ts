import * as z from 'zod'
import { MAX_MEMBERS_PER_REQUEST } from '../limits.js'
import { ItemErrorCode, memberPatchFields, PatchMembersResponse, toMemberPatch, Verdict } from '../member.js'
import { SnowflakeInput, toSnowflake } from '../snowflake.js'
import { Stamp } from '../stamp.js'

/** What was observed of one member of one guild: a `MemberPatch` with its guild, and always with a stamp. */
export const GuildMemberPatch = z
  .strictObject({ guild_id: SnowflakeInput, ...memberPatchFields, observed_at: Stamp })
  .transform(({ guild_id, ...patch }) => ({ ...toMemberPatch(patch), guild_id: toSnowflake(guild_id) }))
  .meta({ id: 'GuildMemberPatch' })
export type GuildMemberPatch = z.output<typeof GuildMemberPatch>

/**
 * `PATCH /members`: 1 to 1,000 observed changes in any number of guilds, each member of each guild once. It is
 * `PATCH /guilds/{guild_id}/members` for live events, of which one second has a few from each of a thousand guilds.
 */
export const PatchGuildMembersRequest = z
  .strictObject({ members: z.array(GuildMemberPatch).min(1).max(MAX_MEMBERS_PER_REQUEST) })
  .superRefine(({ members }, context) => {
    const seen = new Set<string>()
    members.forEach(({ guild_id, id }, index) => {
      const key = `${guild_id}/${id}`
      if (seen.has(key)) {
        const message = `Expected member ${id} of guild ${guild_id} only once`
        context.addIssue({ code: 'custom', path: ['members', index, 'id'], message })
      }
      seen.add(key)
    })
  })
export type PatchGuildMembersRequest = z.output<typeof PatchGuildMembersRequest>

export const GuildItemResult = z
  .object({
    guild_id: SnowflakeInput,
    id: SnowflakeInput,
    verdict: Verdict,
    error: z.object({ code: ItemErrorCode, message: z.string() }).optional(),
  })
  .transform((it) => ({ ...it, guild_id: toSnowflake(it.guild_id), id: toSnowflake(it.id) }))
  .meta({ id: 'GuildItemResult' })
export type GuildItemResult = z.output<typeof GuildItemResult>

/** One result for every item, in the order of the request; the counts add up to their number. */
export const PatchGuildMembersResponse = z.object({
  counts: PatchMembersResponse.shape.counts,
  results: z.array(GuildItemResult),
})
export type PatchGuildMembersResponse = z.output<typeof PatchGuildMembersResponse>
