import type { RESTGetAPIGatewayBotResult, RESTGetAPIGatewayResult } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'

const IDENTIFIES_PER_DAY = 1_000
const DAY_MS = 86_400_000

/** `GET /gateway` and `GET /gateway/bot`. No gateway listens yet, so no session start is ever used up. */
export function gatewayRoutes(scope: FastifyInstance): void {
  scope.get('/gateway', async (request): Promise<RESTGetAPIGatewayResult> => ({ url: gatewayUrl(request.host) }))
  scope.get(
    '/gateway/bot',
    async (request): Promise<RESTGetAPIGatewayBotResult> => ({
      url: gatewayUrl(request.host),
      shards: 1,
      session_start_limit: {
        total: IDENTIFIES_PER_DAY,
        remaining: IDENTIFIES_PER_DAY,
        reset_after: DAY_MS,
        max_concurrency: 1,
      },
    }),
  )
}

const gatewayUrl = (host: string) => `ws://${host}/gateway`
