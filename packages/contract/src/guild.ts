import * as z from 'zod'
import { SnowflakeInput, toSnowflake } from './snowflake.js'
import { Stamp } from './stamp.js'
import { text } from './text.js'

const guild = { name: text(1, 100), observed_at: Stamp }

/** `PUT /guilds/{guild_id}`. */
export const PutGuild = z.strictObject(guild)
export type PutGuild = z.output<typeof PutGuild>

/** A guild as the API answers it. */
export const Guild = z
  .object({ id: SnowflakeInput, ...guild })
  .transform((it) => ({ ...it, id: toSnowflake(it.id) }))
  .meta({ id: 'Guild' })
export type Guild = z.output<typeof Guild>

/** All guilds, ascending by id. */
export const GuildPage = z.object({
  guilds: z.array(Guild),
  next_after: z.nullable(SnowflakeInput).meta({ description: 'The next `after`; null on the last page' }),
})
