import { Client, type QueryResultRow } from 'pg'

/** What every session of the server is at, for a report. */
export const SESSIONS = `
select pid, application_name, backend_type, state, wait_event_type, wait_event,
  round(extract(epoch from clock_timestamp() - query_start)::numeric, 1) as seconds, left(query, 80) as query
from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`

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
