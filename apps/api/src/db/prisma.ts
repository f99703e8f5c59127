import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../generated/prisma/client.js'
import type { Pool } from './pool.js'

/**
 * Prisma over the process's pool, for what is small: it keeps the arguments of its last 100 statements, so nothing bulky
 * may pass through it.
 */
export const createPrisma = (pool: Pool): PrismaClient => new PrismaClient({ adapter: new PrismaPg(pool) })
