import { getHeapStatistics } from 'node:v8'
import { API_NEEDS, deriveLimits, readContainer, requireFittingHeap } from '@rollcall/container-limits'
import { cacheLookups, lookupCounters } from '@rollcall/name-cache'
import { Bounds, createRegistry } from '@rollcall/process-metrics'
import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.js'
import { readConfig } from './config.js'
import { createPool } from './db/pool.js'
import { createPrisma } from './db/prisma.js'
import { exitOnFault } from './exit.js'
import { listen } from './listen.js'
import { createLog } from './log.js'
import { buildManagement, type State } from './management.js'
import { prepareDatabase } from './prepare-database.js'
import { RecurringLog } from './recurring-log.js'
import { prismaTokenStore } from './tokens/prisma-token-store.js'
import { TokenBook } from './tokens/token-book.js'
import { within } from './within.js'

/** A database that does not answer holds nobody up. */
const NOTE_TIMEOUT_MS = 2_000

/** The API: listen, wait for the database, serve, and on SIGTERM finish what is in flight. */
async function main(): Promise<void> {
  const container = await readContainer()
  const { heap_size_limit: heapBytes } = getHeapStatistics()
  requireFittingHeap(container, heapBytes)
  const derived = deriveLimits(API_NEEDS, container, heapBytes)
  const config = readConfig(process.env, derived)
  const log = createLog(config.logLevel)
  log.info({ ...container, heapBytes, poolSize: config.database.poolSize, ...config.limits }, 'limits')
  if (config.limits.bulkInFlight > derived.bulkInFlight) {
    log.warn({ derived: derived.bulkInFlight }, 'MAX_BULK_IN_FLIGHT is more than this container can be sure to hold')
  }
  const recurringLog = new RecurringLog(log)
  const onError = (err: unknown) => recurringLog.warn('database connection lost', err)
  const pool = createPool({ ...config.database, onError })
  const prisma = createPrisma(pool)
  const tokens = new TokenBook(prismaTokenStore(prisma), {
    onError: (err) => recurringLog.warn('time of last use not noted', err),
  })

  let state: State = 'starting'
  const bounds = new Bounds()
  const registry = createRegistry({ bounds, memoryLimitBytes: container.memoryBytes })
  cacheLookups({ lifetimeMs: config.dnsCacheMs, bounds, ...lookupCounters(registry) })
  const management = buildManagement({ pool, log, recurringLog, state: () => state, bounds, registry })
  const app = await buildApp({ config, pool, prisma, tokens, log, bounds, registry, recurringLog })
  const stopping = new AbortController()

  closeWithGrace({ delay: config.drainTimeoutMs, logger: log }, async ({ err, signal }) => {
    state = 'draining'
    stopping.abort()
    if (err) log.fatal({ err }, 'stopping after a fault that nobody handled')
    else log.info({ signal }, 'draining')
    await app.close()
    await within(NOTE_TIMEOUT_MS, tokens.noteUses()).catch((err) => log.warn({ err }, 'time of last use not noted'))
    await management.close()
    await pool.end()
    log.info('stopped')
  })

  await listen(management, 'management', 'MANAGEMENT_PORT', config.management)
  await listen(app, 'listening', 'PORT', config.public)

  const { homeGuildId } = config.bot
  if (homeGuildId === undefined) log.info('HOME_GUILD_ID is not set: the bot mount is off')
  if (await prepareDatabase({ pool, homeGuildId, log, signal: stopping.signal })) {
    state = 'serving'
    log.info('ready')
  }
}

await exitOnFault(main)
