import type { Snowflake } from '@rollcall/contract'
import type { RouteContext } from '../context.js'

/** What a route of the bot mount gets from outside. */
export interface BotContext extends RouteContext {
  /** The one guild that the mount serves. */
  readonly guildId: Snowflake
}
