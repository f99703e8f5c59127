import { GatewayIntentBits } from 'discord-api-types/v10'
import type { EncodedDispatch } from './dispatch.js'

/** Every bit that means something. */
const KNOWN = Object.values(GatewayIntentBits)
  .filter((bit) => typeof bit === 'number')
  .reduce((bits, bit) => bits | bit, 0)

const MEMBER_EVENTS = new Set(['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE'])
/** Sent whatever the intents are. */
const UNCONDITIONAL = new Set(['READY', 'RESUMED', 'USER_UPDATE', 'RATE_LIMITED', 'GUILD_MEMBERS_CHUNK'])

export const areKnownIntents = (intents: number) =>
  Number.isInteger(intents) && intents >= 0 && (intents & ~KNOWN) === 0

/** Privileged intents that the application has not been given. Presences and message content nobody gets here. */
export function hasDisallowedIntents(intents: number, { membersIntent }: { membersIntent: boolean }): boolean {
  const never = GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent
  return (intents & (membersIntent ? never : never | GatewayIntentBits.GuildMembers)) !== 0
}

/**
 * Whether a session with these intents is sent the event. The bot's own changes need none.
 *
 * @see https://discord.com/developers/docs/events/gateway#list-of-intents
 */
export function wants(intents: number, event: Pick<EncodedDispatch, 't' | 'user_id'>, botId: string): boolean {
  if (UNCONDITIONAL.has(event.t)) return true
  if (MEMBER_EVENTS.has(event.t)) {
    if (event.t === 'GUILD_MEMBER_UPDATE' && event.user_id === botId) return true
    return (intents & GatewayIntentBits.GuildMembers) !== 0
  }
  if (event.t === 'GUILD_AUDIT_LOG_ENTRY_CREATE') return (intents & GatewayIntentBits.GuildModeration) !== 0
  return (intents & GatewayIntentBits.Guilds) !== 0
}
