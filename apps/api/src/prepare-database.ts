import { setTimeout as sleep } from 'node:timers/promises'
import type { Snowflake } from '@rollcall/contract'
import type { FastifyBaseLogger } from 'fastify'
import { ensureGuild } from './db/guilds.js'
import { pendingMigrations } from './db/pending-migrations.js'
import type { Pool } from './db/pool.js'
import { MIGRATIONS_FOLDER } from './migrations-folder.js'

/** Each attempt waits longer than the one before, up to the last of these. */
const DELAYS_MS = [100, 250, 500, 1_000, 2_000, 5_000]

export interface PrepareDatabaseOptions {
  readonly pool: Pool
  readonly homeGuildId: Snowflake | undefined
  readonly log: FastifyBaseLogger
  /** Ends the waiting. */
  readonly signal: AbortSignal
}

/**
 * Waits, as long as it takes, until the database can serve: it answers, has every migration, and knows the home guild.
 *
 * A database that is away for a moment, or is migrated beside the API, is an ordinary start: a process that ended over it
 * would only be started again.
 *
 * @returns false when `signal` ended the waiting
 */
export async function prepareDatabase({ pool, homeGuildId, log, signal }: PrepareDatabaseOptions): Promise<boolean> {
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      const pending = await pendingMigrations(pool, MIGRATIONS_FOLDER)
      if (pending.length === 0) {
        if (homeGuildId !== undefined) await ensureGuild(pool, homeGuildId)
        return !signal.aborted
      }
      log.warn({ pending }, 'the database lacks migrations; apply them with: npm run migrate')
    } catch (err) {
      if (signal.aborted) return false
      log.warn({ err }, 'the database cannot be reached yet')
    }
    await sleep(DELAYS_MS[attempt] ?? DELAYS_MS.at(-1), undefined, { signal }).catch(() => {})
  }
  return false
}
