import { Client } from 'pg'

/** The newest run as its table has it: the API that would tell of it may be dead. */
export interface LedgerRow {
  readonly state: string
  readonly patched: number
  readonly seconds: number | null
}

export async function newestRun(databaseUrl: string): Promise<LedgerRow | undefined> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<LedgerRow>(
      `select state, patched, extract(epoch from finished_at - started_at)::float8 as seconds
         from sync_run order by id desc limit 1`,
    )
    return rows[0]
  } finally {
    await client.end()
  }
}
