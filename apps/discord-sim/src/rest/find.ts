import type { APIRole } from 'discord-api-types/v10'
import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import type { Guild } from '../guild/guild.js'
import type { Member } from '../guild/member.js'
import type { Simulator } from '../simulator.js'
import { discordErrors } from './discord-error.js'
import { parseForm, SnowflakeText } from './parse-form.js'

const GuildParams = z.object({ guild_id: SnowflakeText })
const MemberParams = z.object({ user_id: SnowflakeText })
const RoleParams = z.object({ role_id: SnowflakeText })

/** @throws {@link DiscordError} 10004 for an unknown guild, 50001 for one that the bot is not in */
export function findGuild(simulator: Simulator, params: unknown): Guild {
  const guild = simulator.guildOf(parseForm(GuildParams, params).guild_id)
  if (guild === undefined) throw discordErrors.unknownGuild()
  if (guild.bot === undefined) throw discordErrors.missingAccess()
  return guild
}

/** @throws {@link DiscordError} 10007 */
export function findMember(guild: Guild, params: unknown): Member {
  const member = guild.members.get(BigInt(parseForm(MemberParams, params).user_id))
  if (member === undefined) throw discordErrors.unknownMember()
  return member
}

/** @throws {@link DiscordError} 10011 */
export function findRole(guild: Guild, params: unknown): APIRole {
  const role = guild.roles.get(parseForm(RoleParams, params).role_id)
  if (role === undefined) throw discordErrors.unknownRole()
  return role
}

/** @throws {@link DiscordError} 50013 unless the bot has this permission through any of its roles */
export function requirePermission(guild: Guild, permission: bigint): void {
  const held = [guild.id, ...(guild.bot?.roles ?? [])].map((id) => BigInt(guild.roles.get(id)?.permissions ?? 0))
  const allowed = held.some((bits) => (bits & (permission | PermissionFlagsBits.Administrator)) !== 0n)
  if (!allowed) throw discordErrors.missingPermissions()
}
