import type { FastifyInstance } from 'fastify'
import type { GatewayState } from '../gateway/gateway-state.js'
import type { Simulator } from '../simulator.js'
import { answerErrors } from './answer-errors.js'
import { discordErrors } from './discord-error.js'
import { addGate } from './gate.js'
import { auditLogRoutes } from './routes/audit-logs.js'
import { channelRoutes } from './routes/channels.js'
import { gatewayRoutes } from './routes/gateway.js'
import { guildRoutes } from './routes/guilds.js'
import { memberRoleRoutes } from './routes/member-roles.js'
import { memberRoutes } from './routes/members.js'
import { roleRoutes } from './routes/roles.js'
import { userRoutes } from './routes/users.js'
import { webhookRoutes } from './routes/webhooks.js'

/** Discord's REST API, to be mounted under its prefix. */
export async function rest(
  app: FastifyInstance,
  { simulator, gateway }: { simulator: Simulator; gateway: GatewayState },
): Promise<void> {
  answerErrors(app)
  app.setNotFoundHandler(() => {
    throw discordErrors.notFound()
  })
  await app.register(async (bots) => {
    addGate(bots, simulator, { authenticated: true })
    gatewayRoutes(bots, gateway)
    userRoutes(bots, simulator)
    guildRoutes(bots, simulator)
    memberRoutes(bots, simulator)
    memberRoleRoutes(bots, simulator)
    roleRoutes(bots, simulator)
    auditLogRoutes(bots, simulator)
    channelRoutes(bots, simulator)
  })
  await app.register(async (webhooks) => {
    addGate(webhooks, simulator, { authenticated: false })
    webhookRoutes(webhooks, simulator)
  })
}
