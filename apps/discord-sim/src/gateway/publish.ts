import type { Guild } from '../guild/guild.js'
import type { GuildChange } from '../guild/guild-change.js'
import { type Dispatch, type EncodedDispatch, encode, type Subject } from './dispatch.js'
import type { GatewayState } from './gateway-state.js'
import { toDispatch } from './to-dispatch.js'

/** Tells every session that wants to know of a change in a guild. */
export function publishChange(publisher: Publisher, guild: Guild, change: GuildChange): void {
  const { simulator } = publisher.state
  // Of a guild that the bot is not in it hears nothing but that it is out.
  const concernsBot = 'member' in change && change.member.id === simulator.bot.id
  if (guild.bot === undefined && !concernsBot) return
  if (!publisher.isHeard(guild.id)) return
  const told = toDispatch(guild, change, simulator.bot.id)
  if (told) publisher.publish(...told)
}

/** From an event to the sessions: which of them, and whether a fault comes between. */
export class Publisher {
  constructor(readonly state: GatewayState) {}

  /** Whether there is anybody to tell; without sessions no event is worth its making. */
  isHeard(guildId: string): boolean {
    return !this.state.sessions.ofGuild(guildId).next().done
  }

  publish(dispatch: Dispatch, subject: Subject): void {
    const { unavailableGuilds, journal } = this.state
    const event = encode(dispatch, subject)
    if (subject.guild_id !== undefined && unavailableGuilds.has(subject.guild_id)) {
      journal.disturbed.add({ ...subject, t: event.t, by: 'guild unavailable' })
      return
    }
    this.deliver(event)
  }

  /** To all sessions of the guild's shard that have the intent, each with a number of its own. */
  deliver(event: EncodedDispatch): void {
    for (const session of [...this.state.sessions.ofGuild(event.guild_id)]) this.state.giveIfWanted(session, event)
  }
}
