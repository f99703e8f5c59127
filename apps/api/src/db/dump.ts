import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type pg from 'pg'

/**
 * Writes a dump of one snapshot with `pg_dump`, in its own format, which `pg_restore` reads.
 *
 * @param client - connected to what is dumped; its password travels in the environment, where `ps` does not show it
 * @param snapshot - exported by a transaction that is still open
 * @throws with the words of pg_dump, or how to get it
 */
export async function dump(client: pg.Client, snapshot: string, file: string): Promise<void> {
  const { host, port, user, password, database } = client
  const address = { PGHOST: host, PGPORT: `${port}`, PGUSER: user, PGPASSWORD: password, PGDATABASE: database }
  const env = { ...process.env, ...Object.fromEntries(Object.entries(address).filter(([, value]) => value)) }
  const args = ['--format=custom', `--snapshot=${snapshot}`, `--file=${file}`]
  await promisify(execFile)('pg_dump', args, { env }).catch((error: Error & { code?: unknown; stderr?: string }) => {
    if (error.code !== 'ENOENT') throw new Error(error.stderr?.trim() || error.message)
    throw new Error(
      'pg_dump is not on this machine; it comes with the client of Postgres, as new as the server or newer.',
    )
  })
}
