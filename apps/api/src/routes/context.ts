import type { Pool } from '../db/pool.js'
import type { PrismaClient } from '../generated/prisma/client.js'

/** What a route gets from outside. */
export interface RouteContext {
  readonly pool: Pool
  readonly prisma: PrismaClient
  /** Milliseconds since 1970. */
  readonly now: () => number
}
