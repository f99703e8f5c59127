import helmet from '@fastify/helmet'
import { MAX_REPORTS_IN_FLIGHT } from '@rollcall/container-limits'
import { LIMITS, MAX_BODY_BYTES } from '@rollcall/contract'
import { Bounds } from '@rollcall/process-metrics'
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify'
import { Registry } from 'prom-client'
import type { Config } from './config.js'
import { boundPool, type Pool } from './db/pool.js'
import { EventLoopDelay } from './event-loop-delay.js'
import type { PrismaClient } from './generated/prisma/client.js'
import { boundsPlugin } from './plugins/bounds.js'
import { answerClientFault } from './plugins/client-fault.js'
import { closeAnswers } from './plugins/close-answers.js'
import { discardBody } from './plugins/discard-body.js'
import { endConnections } from './plugins/end-connections.js'
import { answerError, errors } from './plugins/errors.js'
import { json } from './plugins/json.js'
import { limitRate } from './plugins/limit-rate.js'
import { metrics } from './plugins/metrics.js'
import { openapi } from './plugins/openapi.js'
import { places } from './plugins/places.js'
import { requestId, requestIdOf } from './plugins/request-id.js'
import { schemas } from './plugins/schemas.js'
import { RecurringLog } from './recurring-log.js'
import { botMount } from './routes/bot/mount.js'
import { health } from './routes/health.js'
import { nativeMount } from './routes/native.js'
import type { TokenBook } from './tokens/token-book.js'

/** Everything from outside: connections, tokens, clock, log, and what the operators see. */
export interface AppDependencies {
  readonly config: Pick<Config, 'bot' | 'limits'>
  readonly pool: Pool
  readonly prisma: PrismaClient
  readonly tokens: TokenBook
  readonly log: FastifyBaseLogger
  readonly now?: () => number
  readonly bounds?: Bounds
  readonly registry?: Registry
  readonly recurringLog?: RecurringLog
  /** How late the event loop is; measured, unless given. */
  readonly loopDelayMs?: () => number
}

/** Builds the public application without listening. Its order is the order of the program. */
export async function buildApp({
  config,
  pool,
  prisma,
  tokens,
  log,
  now = Date.now,
  bounds = new Bounds(),
  registry = new Registry(),
  recurringLog = new RecurringLog(log),
  loopDelayMs,
}: AppDependencies): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    bodyLimit: MAX_BODY_BYTES,
    // A request must arrive in this time, header and body: slow ones are cut off with 408.
    requestTimeout: LIMITS.max_arrival_seconds.max * 1_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 10_000,
    forceCloseConnections: 'idle',
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: LIMITS.max_header_bytes.max },
    routerOptions: { maxParamLength: 100 },
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    trustProxy: false,
    genReqId: requestIdOf,
    clientErrorHandler: answerClientFault,
    frameworkErrors: answerError,
    // A request that comes over an open connection during the drain is served; the connection then ends.
    return503OnClosing: false,
  })
  // Node ends the next one at once.
  app.server.maxConnections = LIMITS.max_connections.max
  const { bulkInFlight: bulk, requestsInFlight: interactive, ...limits } = config.limits
  tokens.addTo(bounds)
  recurringLog.addTo(bounds)
  boundPool(bounds, pool, bulk + MAX_REPORTS_IN_FLIGHT + interactive)

  await app.register(boundsPlugin, { bounds })
  await app.register(closeAnswers)
  await app.register(metrics, { registry })
  await app.register(discardBody)
  await app.register(endConnections)
  await app.register(requestId)
  await app.register(helmet)
  await app.register(json)
  await app.register(schemas)
  await app.register(errors, { recurringLog })
  await app.register(limitRate, {
    requests: limits.rateRequests,
    windowSeconds: limits.rateWindowSeconds,
    now,
  })
  await app.register(places, { ...limits, bulk, interactive, loopDelayMs: loopDelayMs ?? measuredLoopDelay(app) })
  await app.register(openapi)

  const context = { pool, prisma, tokens, now }
  await app.register(health, { prefix: config.bot.prefix })
  await app.register(nativeMount, { ...context, limits: config.limits })
  const { homeGuildId: guildId, prefix } = config.bot
  if (guildId !== undefined) await app.register(botMount, { ...context, guildId, prefix: `${prefix}/bot` })
  return app
}

function measuredLoopDelay(app: FastifyInstance): () => number {
  const delay = new EventLoopDelay()
  app.addHook('onClose', async () => delay.stop())
  return () => delay.ms
}
