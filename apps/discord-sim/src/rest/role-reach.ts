import type { APIRole } from 'discord-api-types/v10'
import type { Guild } from '../guild/guild.js'
import { discordErrors } from './discord-error.js'

/**
 * What the bot may give and take: a role below its own highest that no integration manages and not everybody has.
 *
 * @throws {@link DiscordError} 50013
 */
export function requireRoleWithinReach(guild: Guild, role: APIRole): void {
  if (role.id === guild.id || role.managed || !guild.isBelowBot(role)) throw discordErrors.missingPermissions()
}
