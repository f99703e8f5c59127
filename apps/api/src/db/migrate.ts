import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

/** The lock that `prisma migrate deploy` takes; with the same one the two never run at once. */
const PRISMA_LOCK = 72_707_369

const BOOKKEEPING = `
create table if not exists _prisma_migrations (
  id                  varchar(36) not null primary key,
  checksum            varchar(64) not null,
  finished_at         timestamptz,
  migration_name      varchar(255) not null,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz not null default now(),
  applied_steps_count integer not null default 0
)`

const RECORD = `
insert into _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
values ($1, $2, $3, clock_timestamp(), 1)`

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Applies what is not applied yet, in order, each migration with its record in one transaction. Keeps Prisma's own
 * bookkeeping, so that `prisma migrate status` agrees where Prisma's engine is at hand; here it is not needed.
 *
 * @param folder - `prisma/migrations`
 * @returns the names of those applied now
 * @throws when an applied migration has been edited, or Prisma has left one half applied
 */
export async function migrate(databaseUrl: string, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'rollcall-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [PRISMA_LOCK])
    await client.query(BOOKKEEPING)
    const pending = await pendingOf(client, migrations)
    for (const migration of pending) await apply(client, migration)
    return pending.map((it) => it.name)
  } finally {
    // Ends the lock, too.
    await client.end()
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((it) => it.isDirectory()).map((it) => it.name)
  return Promise.all(
    names.sort().map(async (name) => {
      const bytes = await readFile(join(folder, name, 'migration.sql'))
      return { name, sql: bytes.toString(), checksum: createHash('sha256').update(bytes).digest('hex') }
    }),
  )
}

async function pendingOf(client: pg.Client, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'select migration_name, checksum, finished_at from _prisma_migrations where rolled_back_at is null',
  )
  const applied = new Map(rows.map((row) => [row.migration_name, row]))
  return migrations.filter((migration) => {
    const row = applied.get(migration.name)
    if (!row) return true
    if (!row.finished_at) throw new Error(`Migration ${migration.name} was begun and not finished; resolve it by hand.`)
    if (row.checksum !== migration.checksum) {
      throw new Error(`Migration ${migration.name} was changed after it was applied. Restore it and write a new one.`)
    }
    return false
  })
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query(RECORD, [randomUUID(), checksum, name])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed and was undone: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}
