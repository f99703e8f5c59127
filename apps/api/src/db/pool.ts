import type { Bounds } from '@rollcall/process-metrics'
import pg from 'pg'

export type { Pool, PoolClient } from 'pg'

/** The server ends a statement at its timeout; when even that is not heard, the connection is given up for dead. */
const ANSWER_GRACE_MS = 2_000

export interface PoolOptions {
  readonly url: string
  readonly poolSize: number
  /** No statement and no idle transaction may take longer; milliseconds. */
  readonly statementTimeoutMs: number
  readonly onError: (error: Error) => void
}

/** 64-bit integers exactly, as `bigint`; pg would hand them out as text. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)) as never,
}

/**
 * The one pool of the process; Prisma shares it. A broken connection is replaced at the next use, never a crash:
 * `pool.on('error')` hears only idle clients, so every client has a listener of its own while it is checked out.
 */
export function createPool({ url, poolSize, statementTimeoutMs, onError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_GRACE_MS,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // Everything here is found by key and in its order. A table that is new or restored has no statistics for a minute, and
    // the planner then takes a bitmap and sorts the rest of the guild for every page: 50 ms instead of 1. And a statement that
    // is planned once, over an empty table, would read all of it from end to end for as long as the plan is kept.
    options: '-c enable_bitmapscan=off -c enable_seqscan=off',
    application_name: 'rollcall-api',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types,
  })
  pool.on('error', onError)
  pool.on('connect', (client) => client.on('error', onError))
  return pool
}

/** Names the connections, and the requests that wait for one, among the bounds of the process. */
export function boundPool(bounds: Bounds, pool: pg.Pool, maxWaiting: number): void {
  const source = 'apps/api/src/db/pool.ts'
  bounds.add('database_connections', {
    kind: 'pool',
    source,
    unit: 'connections',
    size: () => pool.totalCount - pool.idleCount,
    max: () => pool.options.max,
  })
  bounds.add('database_waiting', {
    kind: 'queue',
    source,
    unit: 'requests',
    size: () => pool.waitingCount,
    max: () => maxWaiting,
  })
}
