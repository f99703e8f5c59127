import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { passwordFileOf, USER } from './cluster.js'
import { isInUse } from './orphan.js'

/**
 * The URL of a server that another living process runs on this folder, so that a second command can use its data.
 *
 * @returns undefined when none runs there
 */
export async function findEmbeddedPostgres(dataDir: string, database = 'rollcall'): Promise<string | undefined> {
  const dir = resolve(dataDir)
  if (!(await isInUse(dir))) return undefined
  const [password, port] = await Promise.all([
    readFile(passwordFileOf(dir), 'utf8'),
    readFile(join(dir, 'port'), 'utf8'),
  ])
  return `postgres://${USER}:${password.trim()}@127.0.0.1:${port.trim()}/${database}`
}
