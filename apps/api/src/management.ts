import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify'
import type { Pool } from './db/pool.js'

export interface ManagementOptions {
  readonly pool: Pool
  readonly log: FastifyBaseLogger
  readonly state: () => State
}

/** `starting` until the database can serve, `draining` once the process has been told to stop. */
export type State = 'starting' | 'serving' | 'draining'

/** A probe must not wait as long as a request may. */
const PING_TIMEOUT_MS = 2_000

/**
 * The operators' listener, on a port of its own: a flood on the public one cannot starve the probes.
 *
 * - `/livez`: the process answers. It never looks at the database: restarting the API does not mend Postgres.
 * - `/readyz`: it can serve, so the database answers and the process is not on its way out.
 */
export function buildManagement({ pool, log, state }: ManagementOptions): FastifyInstance {
  const app = fastify({ loggerInstance: log, requestTimeout: 5_000, bodyLimit: 1_024 })
  app.get('/livez', { logLevel: 'warn' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    if (state() !== 'serving') return reply.code(503).send({ status: state() })
    try {
      await ping(pool)
      return { status: 'ok' }
    } catch (error) {
      log.warn({ err: error }, 'database does not answer')
      return reply.code(503).send({ status: 'database unavailable' })
    }
  })
  return app
}

async function ping(pool: Pool): Promise<void> {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`No answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS).unref()
  })
  await Promise.race([pool.query('select 1'), timeout])
}
