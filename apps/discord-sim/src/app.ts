import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { control } from './control/control.js'
import { Gateway } from './gateway/gateway.js'
import type { GatewaySettings } from './gateway/settings.js'
import { discordErrors } from './rest/discord-error.js'
import { REST_PREFIX } from './rest/gate.js'
import { rest } from './rest/rest.js'
import type { Simulator } from './simulator.js'

const BODY_LIMIT_BYTES = 2_097_152

/**
 * The simulated Discord as a server that does not listen yet: REST under `/api/v10`, the gateway under `/gateway`, the
 * control API under `/control`.
 */
export async function buildApp(
  simulator: Simulator,
  logger?: FastifyBaseLogger,
  settings: Partial<GatewaySettings> = {},
): Promise<FastifyInstance> {
  const app = Fastify({
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: 200 },
  })
  // Many clients say "application/json" on every request, with or without a body.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, JSON.parse(String(body)))
    } catch {
      done(discordErrors.invalidJson())
    }
  })
  const gateway = new Gateway(simulator, settings)
  app.server.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head))
  app.addHook('preClose', async () => gateway.close())
  const routes = new Set<string>()
  app.addHook('onRoute', ({ method, url }) => {
    if (!url.startsWith(REST_PREFIX)) return
    for (const it of [method].flat()) routes.add(`${it} ${url.slice(REST_PREFIX.length)}`)
  })
  app.setNotFoundHandler((request, reply) => {
    const otherVersion = /^\/api\/v\d+\//.test(request.url)
    const { status, body } = otherVersion ? discordErrors.invalidVersion() : discordErrors.notFound()
    return reply.code(status).send(body)
  })
  await app.register(rest, { prefix: REST_PREFIX, simulator, gateway: gateway.state })
  await app.register(control, { prefix: '/control', simulator, gateway, routes })
  return app
}
