import type { FastifyPluginAsync } from 'fastify'
import { BOT } from './schemas.js'

/** `GET /bot/`: where the lists are. `/bot` leads there; every other address has no slash at its end. */
export const rootRoutes: FastifyPluginAsync = async (app) => {
  app.get('', { config: { scope: 'open' }, schema: { hide: true } }, async (_request, reply) =>
    reply.redirect(`${app.prefix}/`, 301),
  )
  app.get('/', { prefixTrailingSlash: 'slash', config: { scope: 'any' }, schema: BOT }, async ({ protocol, host }) => {
    const root = `${protocol}://${host}${app.prefix}`
    return { users: `${root}/users`, roles: `${root}/roles` }
  })
}
