import { type Bounds, boundConnections } from '@rollcall/process-metrics'
import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify'
import type { Registry } from 'prom-client'
import type { Pool } from './db/pool.js'
import { LiveMetrics } from './live-metrics.js'
import type { RecurringLog } from './recurring-log.js'
import { SyncRunMetrics } from './sync-run-metrics.js'

export interface ManagementOptions {
  readonly pool: Pool
  readonly log: FastifyBaseLogger
  readonly recurringLog: RecurringLog
  readonly state: () => State
  readonly bounds: Bounds
  readonly registry: Registry
}

/** `starting` until the database can serve, `draining` once the process has been told to stop. */
export type State = 'starting' | 'serving' | 'draining'

/** Probes, Prometheus, and a few people. */
const MAX_CONNECTIONS = 50

/** A probe must not wait as long as a request may. */
const PING_TIMEOUT_MS = 2_000

/**
 * The operators' listener, on a port of its own: a flood on the public one cannot starve the probes.
 *
 * - `/livez`: the process answers. It never looks at the database: restarting the API does not mend Postgres.
 * - `/readyz`: it can serve, so the database answers and the process is not on its way out.
 * - `/metrics`: for Prometheus, with what the ledger says of the last sync runs, and how it goes with following live.
 * - `/bounds`: every cache, queue, pool and buffer: how much it holds, and how much it may.
 */
export function buildManagement({
  pool,
  log,
  recurringLog,
  state,
  bounds,
  registry,
}: ManagementOptions): FastifyInstance {
  const app = fastify({ loggerInstance: log, requestTimeout: 5_000, bodyLimit: 1_024 })
  app.server.maxConnections = MAX_CONNECTIONS
  boundConnections(bounds, 'management_connections', 'apps/api/src/management.ts', app.server)
  app.get('/livez', { logLevel: 'warn' }, async () => ({ status: 'ok' }))
  app.get('/readyz', { logLevel: 'warn' }, async (_request, reply) => {
    if (state() !== 'serving') return reply.code(503).send({ status: state() })
    try {
      await ping(pool)
      return { status: 'ok' }
    } catch (error) {
      recurringLog.warn('database does not answer', error)
      return reply.code(503).send({ status: 'database unavailable' })
    }
  })
  const syncRuns = new SyncRunMetrics(registry, pool)
  const live = new LiveMetrics(registry, pool)
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
    await Promise.all([syncRuns.refresh(), live.refresh()])
    return reply.type(registry.contentType).send(await registry.metrics())
  })
  app.get('/bounds', { logLevel: 'warn' }, async () => ({ bounds: bounds.read() }))
  return app
}

async function ping(pool: Pool): Promise<void> {
  const timeout = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`No answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS).unref()
  })
  await Promise.race([pool.query('select 1'), timeout])
}
