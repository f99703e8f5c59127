import { DiscordAPIError, HTTPError } from '@discordjs/rest'
import { MalformedDiscordResponseError } from './errors.js'

/** Discord's JSON error codes that a person can do something about. */
const MISSING_ACCESS = 50_001
const UNKNOWN_GUILD = 10_004

const TOKEN_REFUSED =
  'Discord refuses the bot token: it was revoked or mistyped. Make a new one in the Developer Portal (Bot, Reset Token) and set DISCORD_TOKEN.'
const INTENT_MISSING =
  'Discord refuses the member list: switch on the Server Members Intent in the Developer Portal (Bot, Privileged Gateway Intents), then run again.'
const NOT_IN_GUILD = 'Discord does not let the bot see the guild: invite the bot to it, or correct GUILD_ID.'
const NO_SUCH_GUILD = 'Discord knows no guild with this id: correct GUILD_ID, or invite the bot to the guild.'

/** Discord's explicit word that the bot is in no such guild. */
export const isUnknownGuild = (error: unknown): boolean =>
  error instanceof DiscordAPIError && error.status === 404 && error.code === UNKNOWN_GUILD

/** One sentence for a person, saying what to do; undefined when the error is not Discord's. */
export function explainDiscordError(error: unknown): string | undefined {
  if (error instanceof DiscordAPIError) return explainAnswer(error)
  if (error instanceof HTTPError) {
    return `Discord keeps answering ${error.status}: it has an outage (discordstatus.com). The next run catches up.`
  }
  if (error instanceof MalformedDiscordResponseError || error instanceof SyntaxError) {
    return 'Discord keeps sending answers that are cut off or malformed. Look at discordstatus.com and at any proxy in between; the next run catches up.'
  }
  return undefined
}

function explainAnswer({ status, code, url, method }: DiscordAPIError): string {
  if (status === 401) return TOKEN_REFUSED
  if (status === 404 && code === UNKNOWN_GUILD) return NO_SUCH_GUILD
  // The guild itself was readable just before, so it is the list that the application may not read.
  if (status === 403 && new URL(url).pathname.endsWith('/members')) return INTENT_MISSING
  if (status === 403 && code === MISSING_ACCESS) return NOT_IN_GUILD
  return `Discord answered ${method} ${new URL(url).pathname} with ${status} (code ${code}), which is not expected here.`
}
