import { ReserveIdentifyRequest, ReserveIdentifyResponse } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { reserveIdentify } from '../db/live/reserve-identify.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { BotParams } from './params.js'

/** `POST /gateway/{bot_id}/identifies`: one out of the identifies that all processes of a bot share. */
export const identifyRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool }) => {
  app.post(
    '/gateway/:bot_id/identifies',
    {
      config: { scope: 'gateway:write' },
      schema: {
        tags: ['gateway'],
        description: 'Grants one identify, or says how long to wait. Not to be repeated: what was granted is spent.',
        params: BotParams,
        body: ReserveIdentifyRequest,
        response: { ...FAULTS, 200: ReserveIdentifyResponse },
      },
    },
    async ({ params: { bot_id }, body, log }) => {
      const answer = await reserveIdentify(pool, bot_id, body)
      const level = answer.granted || answer.reason === 'key' ? 'info' : 'warn'
      log[level]({ bot_id: `${bot_id}`, shard_id: body.shard_id, ...answer }, 'identify asked for')
      return answer
    },
  )
}
