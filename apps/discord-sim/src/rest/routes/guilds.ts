import type { RESTGetAPIGuildResult } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { toApiGuild } from '../../guild/to-api-guild.js'
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
