import type { Guild } from '../guild/guild.js'
import type { GuildChange } from '../guild/guild-change.js'
import type { MemberUpdates } from './member-updates.js'
import type { Publisher } from './publisher.js'
import { toDispatch } from './to-dispatch.js'

/** Tells every session that wants to know of a change in a guild. */
export function publishChange(publisher: Publisher, updates: MemberUpdates, guild: Guild, change: GuildChange): void {
  const { simulator, settings } = publisher.state
  // Of a guild that the bot is not in it hears nothing but that it is out.
  const concernsBot = 'member' in change && change.member.id === simulator.bot.id
  if (guild.bot === undefined && !concernsBot) return
  if (!publisher.isHeard(guild.id)) return
  const told = toDispatch(guild, change, simulator.bot.id)
  if (told) publisher.publish(...told)
  const { members } = guild
  if (change.t === 'BULK_EDIT' && settings.bulk_edit_member_updates)
    updates.tell(guild, (id) => members.isChangedBy(change.place, id))
  if (change.t === 'GUILD_ROLE_DELETE' && settings.role_delete_member_updates)
    updates.tell(guild, (id) => members.wouldHave(change.role.id, id))
}
