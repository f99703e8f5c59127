import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { noneWhenMissing } from './cluster.js'
import { createDatabase, dropDatabase } from './database.js'
import { isAlive, stopOrphan } from './orphan.js'
import { startEmbeddedPostgres } from './start.js'
import { ensureTemplate, type Template } from './template.js'

export type { Template } from './template.js'

/** What is used of a tap test. */
export interface Teardown {
  teardown(fn: () => unknown): unknown
}

let databases = 0
let own: Promise<string> | undefined

/**
 * A database of its own for a test, dropped when the test ends. Under tap all share one server; a test file that is run by
 * hand starts one.
 *
 * @param template - clone this instead of an empty database: built once per server, then copied in some 20 ms
 * @returns the URL of the database
 */
export async function testDatabase(t: Teardown, { template }: { template?: Template } = {}): Promise<string> {
  const server = await testServer()
  const source = template && (await ensureTemplate(server, template))
  const name = `test_${process.pid}_${++databases}`
  await dropDatabase(server, name)
  const url = await createDatabase(server, name, source ? { template: source } : {})
  t.teardown(() => dropDatabase(server, name))
  return url
}

/** The URL of the `postgres` database of tap's server, tap being our parent, or of one of our own. */
async function testServer(): Promise<string> {
  const shared = await readFile(join(testDataDir(process.ppid), 'url'), 'utf8').catch(noneWhenMissing)
  if (shared !== undefined) return shared
  own ??= startTestServer(process.pid)
  return own
}

/** Where the server of the process `owner` keeps its data: in the checkout, where nobody else can put something. */
export const testDataDir = (owner: number) => join(TEST_DATA, `${owner}`)
const TEST_DATA = join(import.meta.dirname, '..', '..', '..', 'node_modules', '.cache', 'rollcall-test-postgres')

/**
 * Starts a server that ends when `owner` does, and removes what owners that were killed have left.
 *
 * @returns the URL of its `postgres` database
 */
export async function startTestServer(owner: number): Promise<string> {
  for (const name of await readdir(TEST_DATA).catch(() => [])) {
    if (Number(name) === owner || !isAlive(Number(name))) await removeTestServer(Number(name))
  }
  // Nothing in it is worth keeping: safety is traded for speed.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '100' }
  const { url } = await startEmbeddedPostgres({ dataDir: testDataDir(owner), database: 'postgres', settings, owner })
  return url
}

export async function removeTestServer(owner: number): Promise<void> {
  await stopOrphan(testDataDir(owner))
  await rm(testDataDir(owner), { recursive: true, force: true })
}
