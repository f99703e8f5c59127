import { Guild, GuildPage, PutGuild, SnowflakeParam } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getGuild, listGuilds, putGuild } from '../db/guilds.js'
import { notFound } from '../errors.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { GuildParams, PageLimit } from './params.js'

const GuildQuery = z.strictObject({ after: SnowflakeParam.optional(), limit: PageLimit })

/** `/guilds`: list, get, put. */
export const guildRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.get(
    '/guilds',
    {
      config: { scope: 'guilds:read' },
      schema: { tags: ['guilds'], querystring: GuildQuery, response: { ...FAULTS, 200: GuildPage } },
    },
    async ({ query: { after, limit } }) => {
      const guilds = await listGuilds(pool, after, limit)
      return { guilds, next_after: guilds.length === limit ? (guilds.at(-1)?.id ?? null) : null }
    },
  )

  app.get(
    '/guilds/:guild_id',
    {
      config: { scope: 'guilds:read' },
      schema: { tags: ['guilds'], params: GuildParams, response: { ...FAULTS, 200: Guild } },
    },
    async ({ params: { guild_id } }) => {
      const guild = await getGuild(pool, guild_id)
      if (!guild) throw notFound('unknown_guild', `Guild ${guild_id}`)
      return guild
    },
  )

  app.put(
    '/guilds/:guild_id',
    {
      config: { scope: 'guilds:write' },
      schema: {
        tags: ['guilds'],
        description: 'Creates or replaces, unless a newer observation is stored; answers what is stored then.',
        params: GuildParams,
        body: PutGuild,
        response: { ...FAULTS, 200: Guild },
      },
    },
    async ({ params: { guild_id }, body }) => {
      requirePast(now(), [body.observed_at])
      return putGuild(pool, guild_id, body)
    },
  )
}
