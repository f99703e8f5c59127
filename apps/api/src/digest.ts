import { Command } from 'commander'
import pg from 'pg'
import { digestTables } from './db/digest-tables.js'
import { dump } from './db/dump.js'
import { databaseFault } from './db/faults.js'
import { exitOnFault } from './exit.js'

/**
 * `npm run digest`: rows and digest of every table in the database of DATABASE_URL, one a line, to be compared with those of
 * another: `diff` is silent when a restored backup has everything.
 */
const { dump: file } = new Command('digest')
  .description('Count and digest every table, in one snapshot')
  .option('--dump <file>', 'also write a dump of the same snapshot with pg_dump, for pg_restore')
  .parse()
  .opts<{ dump?: string }>()

await exitOnFault(async () => {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set.')
  const client = new pg.Client({
    connectionString: url,
    application_name: 'rollcall-digest',
    connectionTimeoutMillis: 10_000,
  })
  try {
    await client.connect()
    const digests = await digestTables(client, async (snapshot) => {
      if (file !== undefined) await dump(client, snapshot, file)
    })
    for (const { name, rows, digest } of digests) process.stdout.write(`${name}\t${rows}\t${digest}\n`)
  } catch (error) {
    throw databaseFault(error) ?? error
  } finally {
    await client.end()
  }
})
