import * as z from 'zod'
import { SnowflakeInput, toSnowflake } from '../snowflake.js'
import { text } from '../text.js'

/** `guild_first_seen`: a welcome to the admins, once in the life of a guild. */
export const NoticeKind = z.enum(['guild_first_seen'])
export type NoticeKind = z.output<typeof NoticeKind>

/** So many guilds are named in one notice; of the others only the number is told. */
export const MAX_GUILDS_NAMED = 10

/**
 * `POST /notices/claims`: takes everything that is due into one notice. It is given to one caller, once: whoever dies
 * between the claim and the sending has not sent it, and nobody sends it again.
 */
export const ClaimNoticeResponse = z.object({
  notice: z.nullable(
    z.object({
      id: SnowflakeInput.transform(toSnowflake),
      kind: NoticeKind,
      guild_count: z.int().min(1),
      guilds: z
        .array(z.object({ id: SnowflakeInput.transform(toSnowflake), name: z.string() }))
        .max(MAX_GUILDS_NAMED)
        .meta({ description: 'The first of them' }),
    }),
  ),
})
export type ClaimNoticeResponse = z.output<typeof ClaimNoticeResponse>

/** `PATCH /notices/{notice_id}`: what became of it. */
export const ReportNoticeRequest = z.strictObject({
  state: z.enum(['sent', 'failed']),
  error: z.nullable(text(1, 500)).optional(),
})
export type ReportNoticeRequest = z.output<typeof ReportNoticeRequest>
