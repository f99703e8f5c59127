import pg from 'pg'

const DUPLICATE_DATABASE = '42P04'

/** The URL of another database of the same server. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(name)}`
  return other.href
}

/**
 * Creates a database unless it exists.
 *
 * @param url - of any database of the server except the template
 * @param template - the database to copy, which must have no connections; a few milliseconds for a small one
 * @returns the URL of the database
 */
export async function createDatabase(
  url: string,
  name: string,
  { template = 'template0' }: { template?: string } = {},
): Promise<string> {
  const [quotedName, quotedTemplate] = [name, template].map(pg.escapeIdentifier)
  try {
    await execute(url, `create database ${quotedName} template ${quotedTemplate}`)
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== DUPLICATE_DATABASE) throw error
  }
  return databaseUrl(url, name)
}

/** Drops a database if it exists, and ends the sessions that still use it. */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await execute(url, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
