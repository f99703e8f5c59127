import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.js'
import { readConfig } from './config.js'
import { ensureGuild } from './db/guilds.js'
import { createPool } from './db/pool.js'
import { createPrisma } from './db/prisma.js'
import { exitOnFault } from './exit.js'
import { createLog } from './log.js'
import { buildManagement } from './management.js'
import { prismaTokenStore } from './tokens/prisma-token-store.js'
import { TokenBook } from './tokens/token-book.js'

/** The API: connect, listen, and on SIGTERM finish what is in flight. */
async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const pool = createPool({ ...config.database, onError: (err) => log.warn({ err }, 'database connection lost') })
  const prisma = createPrisma(pool)
  const tokens = new TokenBook(prismaTokenStore(prisma), {
    onError: (err) => log.warn({ err }, 'time of last use not noted'),
  })

  let isDraining = false
  const management = buildManagement({ pool, log, isDraining: () => isDraining })
  const app = await buildApp({ config, pool, prisma, tokens, log })
  if (config.bot.homeGuildId === undefined) log.info('HOME_GUILD_ID is not set: the bot mount is off')
  else await ensureGuild(pool, config.bot.homeGuildId)

  closeWithGrace({ delay: config.drainTimeoutMs, logger: log }, async ({ err, signal }) => {
    isDraining = true
    if (err) log.fatal({ err }, 'stopping after a fault that nobody handled')
    else log.info({ signal }, 'draining')
    await app.close()
    await management.close()
    await pool.end()
    log.info('stopped')
  })

  await management.listen(config.management)
  await app.listen(config.public)
}

await exitOnFault(main)
