import { z } from 'zod'
import { migrate } from './db/migrate.js'
import { exitOnFault } from './exit.js'
import { MIGRATIONS_FOLDER } from './migrations-folder.js'

/** `npm run migrate`: brings the database of DATABASE_URL up to date. Safe to run again, and from two places at once. */
await exitOnFault(async () => {
  const url = z.url({ protocol: /^postgres(ql)?$/ }).safeParse(process.env.DATABASE_URL)
  if (!url.success) throw new Error('DATABASE_URL is not set to a postgres:// address.')
  const applied = await migrate(url.data, MIGRATIONS_FOLDER)
  for (const name of applied) process.stdout.write(`applied ${name}\n`)
  process.stdout.write(applied.length > 0 ? 'The database is up to date now.\n' : 'The database was up to date.\n')
})
