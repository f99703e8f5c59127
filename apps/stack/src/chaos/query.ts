import { Client, type QueryResultRow } from 'pg'

/** A connection of its own, past every wire that fails. */
export async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, query_timeout: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

/** One statement over such a connection. */
export async function query<R extends QueryResultRow>(
  databaseUrl: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  return withClient(databaseUrl, async (client) => (await client.query<R>(text, values)).rows)
}
