import pg from 'pg'
import { pino } from 'pino'
import { buildApp } from './app.js'
import { createPrisma } from './db/prisma.js'
import { TokenBook } from './tokens/token-book.js'

/** The document as it is committed: of the whole application, with the bot mount, built without touching a database. */
export async function openApiDocument(): Promise<string> {
  const pool = new pg.Pool()
  const app = await buildApp({
    config: {
      bot: { homeGuildId: 0n, prefix: '' },
      limits: {
        bulkInFlight: 1,
        bulkBodyBytes: 1,
        requestsInFlight: 1,
        maxLoopDelayMs: 1,
        rateRequests: 1,
        rateWindowSeconds: 1,
      },
    },
    pool,
    prisma: createPrisma(pool),
    tokens: new TokenBook({ load: async () => new Map(), touch: async () => {} }),
    log: pino({ level: 'silent' }),
  })
  await app.ready()
  const document = `${JSON.stringify(app.swagger(), null, 2)}\n`
  await app.close()
  return document
}
