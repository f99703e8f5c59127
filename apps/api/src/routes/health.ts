import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'

/** `GET /healthcheck`: open, and never looks at the Authorization header. */
export const health: FastifyPluginAsyncZod = async (app) => {
  app.get(
    '/healthcheck',
    { config: { scope: 'open' }, schema: { tags: ['bot'], response: { 200: z.object({ status: z.literal('ok') }) } } },
    // As the bot contract has it: no charset.
    async (_request, reply) => reply.type('application/json').send({ status: 'ok' as const }),
  )
}
