import type { RESTGetAPICurrentUserResult } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import type { Simulator } from '../../simulator.js'

/** `GET /users/@me`: whose token it is. */
export function userRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.get('/users/@me', async (): Promise<RESTGetAPICurrentUserResult> => simulator.botUser)
}
