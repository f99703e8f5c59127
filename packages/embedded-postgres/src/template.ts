import pg from 'pg'
import { createDatabase, databaseUrl, dropDatabase } from './database.js'

export interface Template {
  /** What it is a template of: lower-case letters and underscores. */
  readonly name: string
  /** Of whatever it is built from: another checksum is another template. */
  readonly checksum: string
  /** Fills the empty database at `url`, and leaves no connection open. */
  readonly build: (url: string) => Promise<unknown>
}

/**
 * Builds the template database unless it exists, whole or not at all, and by one process only: the others wait for it.
 *
 * @param server - the URL of the `postgres` database
 * @returns the name of the template database
 */
export async function ensureTemplate(server: string, { name, checksum, build }: Template): Promise<string> {
  const template = `template_${name}_${checksum.slice(0, 16)}`
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount === 0) {
      const unfinished = `${template}_unfinished`
      await dropDatabase(server, unfinished)
      await createDatabase(server, unfinished)
      await build(databaseUrl(server, unfinished))
      await client.query(`alter database ${pg.escapeIdentifier(unfinished)} rename to ${pg.escapeIdentifier(template)}`)
    }
  } finally {
    await client.end()
  }
  return template
}
