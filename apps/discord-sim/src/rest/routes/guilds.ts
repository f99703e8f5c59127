import {
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  type GuildSystemChannelFlags,
  GuildVerificationLevel,
  Locale,
  type RESTGetAPIGuildResult,
} from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Guild } from '../../guild/guild.js'
import type { Simulator } from '../../simulator.js'
import { findGuild } from '../find.js'
import { parseForm } from '../parse-form.js'

const GetGuildQuery = z.object({ with_counts: z.enum(['true', 'false', '1', '0']).default('false') })

/** `GET /guilds/:guild_id?with_counts`. */
export function guildRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.get('/guilds/:guild_id', async (request): Promise<RESTGetAPIGuildResult> => {
    const guild = findGuild(simulator, request.params)
    const { with_counts } = parseForm(GetGuildQuery, request.query)
    if (with_counts === 'false' || with_counts === '0') return toApiGuild(guild)
    const { approximate_member_count_override: override } = simulator.settings
    const count = request.faults.find('wrong_counts')?.approximate_member_count ?? override ?? guild.members.count
    return { ...toApiGuild(guild), approximate_member_count: count, approximate_presence_count: Math.floor(count / 5) }
  })
}

function toApiGuild(guild: Guild): RESTGetAPIGuildResult {
  return {
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    roles: [...guild.roles.values()],
    icon: null,
    splash: null,
    banner: null,
    description: null,
    discovery_splash: null,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: GuildVerificationLevel.Low,
    default_message_notifications: GuildDefaultMessageNotifications.OnlyMentions,
    explicit_content_filter: GuildExplicitContentFilter.AllMembers,
    emojis: [],
    features: [],
    mfa_level: GuildMFALevel.Elevated,
    application_id: null,
    system_channel_id: guild.channelId,
    system_channel_flags: 0 as GuildSystemChannelFlags,
    rules_channel_id: null,
    max_members: 25_000_000,
    vanity_url_code: null,
    premium_tier: GuildPremiumTier.None,
    preferred_locale: Locale.EnglishUS,
    public_updates_channel_id: null,
    nsfw_level: GuildNSFWLevel.Default,
    premium_progress_bar_enabled: false,
    hub_type: null,
    safety_alerts_channel_id: null,
    incidents_data: null,
  }
}
