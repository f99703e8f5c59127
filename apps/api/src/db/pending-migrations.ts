import { readdir } from 'node:fs/promises'
import type { Pool } from './pool.js'

const BOOKKEEPING = `select to_regclass('_prisma_migrations') is not null as exists`

const FINISHED = `
select migration_name from _prisma_migrations
where finished_at is not null and rolled_back_at is null`

/**
 * The migrations that the database still lacks, by name, in order. What it has beyond them does not matter: old code runs
 * on the schema of the next version for one deploy.
 *
 * @param folder - `prisma/migrations`
 */
export async function pendingMigrations(pool: Pool, folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((it) => it.isDirectory()).map((it) => it.name)
  const bookkeeping = await pool.query<{ exists: boolean }>(BOOKKEEPING)
  if (!bookkeeping.rows[0]?.exists) return names.sort()
  const { rows } = await pool.query<{ migration_name: string }>(FINISHED)
  const finished = new Set(rows.map((it) => it.migration_name))
  return names.filter((name) => !finished.has(name)).sort()
}
