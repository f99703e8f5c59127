import { ErrorBody, LIMITS, MAX_BULK_BODY_BYTES, PutGuildsRequest, PutGuildsResponse } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { putGuilds } from '../db/live/put-guilds.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { requireFewItems } from './few-items.js'

/** `PUT /guilds`: guilds with their roles, as the gateway shows them. */
export const guildSnapshotRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.put(
    '/guilds',
    {
      bodyLimit: MAX_BULK_BODY_BYTES,
      config: { scope: 'guilds:write', bulk: true },
      preValidation: async ({ body }) =>
        requireFewItems((body as { guilds?: unknown } | undefined)?.guilds, 'max_guilds_per_request'),
      schema: {
        tags: ['guilds'],
        description: `Creates or replaces guilds and their roles, unless newer observations or deletions are stored; a role that is not named stays. One notice is due for each guild that was not known. ${LIMITS.max_guilds_per_request.sentence} ${LIMITS.max_roles_per_guild.sentence} ${LIMITS.max_bulk_body_bytes.sentence}`,
        body: PutGuildsRequest,
        response: { ...FAULTS, 200: PutGuildsResponse, 413: ErrorBody },
      },
    },
    async ({ body, log }) => {
      const stamps = body.guilds.map((it) => it.observed_at)
      requirePast(now(), stamps, (index) => `guilds[${index}].observed_at`)
      const results = await putGuilds(pool, body.guilds)
      const firstSeen = results.filter((it) => it.first_seen).length
      log.info({ guilds: results.length, first_seen: firstSeen }, 'guilds put')
      return { results }
    },
  )
}
