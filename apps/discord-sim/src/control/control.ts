import type { FastifyInstance } from 'fastify'
import { ZodError, z } from 'zod'
import { ConflictError } from '../conflict-error.js'
import type { Gateway } from '../gateway/gateway.js'
import { DiscordError } from '../rest/discord-error.js'
import type { Simulator } from '../simulator.js'
import { controlFaultRoutes } from './faults.js'
import { controlGatewayRoutes } from './gateway.js'
import { controlGatewayFaultRoutes } from './gateway-faults.js'
import { controlGuildRoutes } from './guilds.js'
import { controlMemberRoutes } from './members.js'
import { NotFoundError } from './not-found-error.js'
import { controlOutageRoutes } from './outages.js'
import { controlRoleRoutes } from './roles.js'
import { controlSettingRoutes } from './settings.js'
import { controlStateRoutes } from './state.js'
import { controlStormRoutes } from './storms.js'
import { controlUserRoutes } from './users.js'

/** What tests and demonstrations steer the simulator by. Without any secret: it listens on loopback only. */
export async function control(
  app: FastifyInstance,
  options: { simulator: Simulator; gateway: Gateway; routes: ReadonlySet<string> },
): Promise<void> {
  const { simulator, gateway, routes } = options
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof ZodError) return reply.code(400).send({ message: z.prettifyError(error) })
    const status = statusOf(error)
    if (status >= 500) request.log.error({ err: error }, 'control request failed')
    return reply.code(status).send({ message: error.message })
  })
  controlStateRoutes(app, simulator)
  controlSettingRoutes(app, simulator)
  controlGuildRoutes(app, simulator)
  controlMemberRoutes(app, simulator)
  controlRoleRoutes(app, simulator)
  controlFaultRoutes(app, simulator, routes)
  controlGatewayRoutes(app, gateway.state)
  controlGatewayFaultRoutes(app, gateway.state)
  controlOutageRoutes(app, gateway)
  controlStormRoutes(app, gateway)
  controlUserRoutes(app, simulator, gateway)
}

function statusOf(error: Error & { statusCode?: number }): number {
  if (error instanceof NotFoundError) return 404
  if (error instanceof ConflictError) return 409
  // The body's parser is shared with the REST API.
  if (error instanceof DiscordError) return error.status
  return error.statusCode ?? 500
}
