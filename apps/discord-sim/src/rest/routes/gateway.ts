import type { RESTGetAPIGatewayBotResult, RESTGetAPIGatewayResult } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import type { GatewayState } from '../../gateway/gateway-state.js'

/** `GET /gateway` and `GET /gateway/bot`: where the gateway is, how many shards, and what is left of today's identifies. */
export function gatewayRoutes(scope: FastifyInstance, gateway: GatewayState): void {
  scope.get('/gateway', async (request): Promise<RESTGetAPIGatewayResult> => ({ url: gatewayUrl(request.host) }))
  scope.get(
    '/gateway/bot',
    async (request): Promise<RESTGetAPIGatewayBotResult> => ({
      url: gatewayUrl(request.host),
      shards: gateway.recommendedShards,
      session_start_limit: {
        total: gateway.settings.session_starts,
        remaining: gateway.starts.remaining,
        reset_after: gateway.starts.resetAfterMs,
        max_concurrency: gateway.settings.max_concurrency,
      },
    }),
  )
}

const gatewayUrl = (host: string) => `ws://${host}/gateway`
