import {
  type APIGuildMember,
  GatewayDispatchEvents as Event,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildMemberUpdateDispatchData,
} from 'discord-api-types/v10'
import type { Guild } from '../guild/guild.js'
import type { GuildChange } from '../guild/guild-change.js'
import { toApiMember } from '../guild/member.js'
import { toApiGuild } from '../guild/to-api-guild.js'
import type { Dispatch, Subject } from './dispatch.js'

/** Members from which on a guild counts as large; clients may ask for another number, which only matters with presences. */
export const LARGE_THRESHOLD = 50

/**
 * The event that tells of a change, or undefined for one that is told by other events. That the bot itself came or went is
 * told as of the guild.
 */
export function toDispatch(guild: Guild, change: GuildChange, botId: bigint): [Dispatch, Subject] | undefined {
  const guild_id = guild.id
  switch (change.t) {
    case 'GUILD_MEMBER_ADD':
    case 'GUILD_MEMBER_REMOVE':
    case 'GUILD_MEMBER_UPDATE':
      return memberDispatch(guild, change, botId)
    case 'GUILD_ROLE_CREATE':
      return [
        { t: Event.GuildRoleCreate, d: { guild_id, role: change.role } },
        { guild_id, role_id: change.role.id },
      ]
    case 'GUILD_ROLE_UPDATE':
      return [
        { t: Event.GuildRoleUpdate, d: { guild_id, role: change.role } },
        { guild_id, role_id: change.role.id },
      ]
    case 'GUILD_ROLE_DELETE': {
      const role_id = change.role.id
      return [
        { t: Event.GuildRoleDelete, d: { guild_id, role_id } },
        { guild_id, role_id },
      ]
    }
    case 'GUILD_CREATE':
      return [{ t: Event.GuildCreate, d: guildCreate(guild) }, { guild_id }]
    case 'GUILD_UPDATE':
      return [{ t: Event.GuildUpdate, d: toApiGuild(guild) }, { guild_id }]
    case 'GUILD_AUDIT_LOG_ENTRY_CREATE':
      return [{ t: Event.GuildAuditLogEntryCreate, d: { ...change.entry, guild_id } }, { guild_id }]
    case 'BULK_EDIT':
      return undefined
  }
}

function memberDispatch(
  guild: Guild,
  { t, member }: Extract<GuildChange, { member: unknown }>,
  botId: bigint,
): [Dispatch, Subject] {
  const guild_id = guild.id
  const subject = { guild_id, user_id: `${member.id}` }
  const isBot = member.id === botId
  if (t === 'GUILD_MEMBER_ADD') {
    if (isBot) return [{ t: Event.GuildCreate, d: guildCreate(guild) }, { guild_id }]
    return [{ t: Event.GuildMemberAdd, d: { ...toApiMember(member), guild_id } }, subject]
  }
  if (t === 'GUILD_MEMBER_REMOVE') {
    if (isBot) return [{ t: Event.GuildDelete, d: { id: guild_id } }, { guild_id }]
    return [{ t: Event.GuildMemberRemove, d: { guild_id, user: toApiMember(member).user } }, subject]
  }
  return [{ t: Event.GuildMemberUpdate, d: memberUpdate(guild_id, toApiMember(member)) }, subject]
}

/** Without `flags`, which Discord's description of the event does not have, and `deaf` and `mute`, which it leaves open. */
function memberUpdate(guild_id: string, member: APIGuildMember): GatewayGuildMemberUpdateDispatchData {
  const { user, nick = null, avatar = null, roles, joined_at, pending = false } = member
  const { premium_since = null, communication_disabled_until = null, banner = null } = member
  return {
    guild_id,
    user,
    nick,
    avatar,
    banner,
    roles,
    joined_at,
    premium_since,
    pending,
    communication_disabled_until,
  }
}

/**
 * With the bot as the only member, as Discord sends it to whoever does not have the presences intent.
 *
 * @see https://discord.com/developers/docs/events/gateway-events#guild-create
 */
export function guildCreate(guild: Guild): GatewayGuildCreateDispatchData {
  const { bot } = guild
  const count = guild.members.count
  return {
    ...toApiGuild(guild),
    joined_at: bot?.joined_at ?? '',
    large: count > LARGE_THRESHOLD,
    unavailable: false,
    member_count: count,
    voice_states: [],
    members: bot ? [toApiMember(bot)] : [],
    channels: [],
    threads: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}
