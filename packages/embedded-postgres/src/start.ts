import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { serverAccount } from './account.js'
import { serverBinaries } from './binaries.js'
import { clusterDirOf, ensureCluster, USER } from './cluster.js'
import { createDatabase } from './database.js'
import { leash, leashTo } from './leash.js'
import { endLeftovers } from './leftovers.js'
import { noteStarter, stopOrphan } from './orphan.js'
import { rememberedPort } from './port.js'
import { crashServer, hasEnded, type ServerOptions, ServerStartError, startServer, stopServer } from './server.js'

export interface EmbeddedPostgresOptions {
  /** Belongs to the server alone; made when missing. Under root it is given to the account that runs the server. */
  readonly dataDir: string
  /** Default: the one of the last start, at first any that is free. */
  readonly port?: number
  /** Made when missing. Default `rollcall`. */
  readonly database?: string
  /** Server settings over {@link DEFAULT_SETTINGS}. */
  readonly settings?: Readonly<Record<string, string>>
  /** The process that the server must not outlive. Default: this one. With another, this one may end before the server. */
  readonly owner?: number
  /** Gets each line that the server logs. */
  readonly onLog?: (line: string) => void
}

export interface EmbeddedPostgres {
  /** With the password: a secret. */
  readonly url: string
  readonly port: number
  /** Of the server's main process. */
  readonly pid: number
  readonly dataDir: string
  /** When the server has ended, whoever ended it. Never rejects. */
  readonly ended: Promise<void>
  /** Ends the server in good order. Safe to call twice. */
  stop(): Promise<void>
  /** Kills the server as a power cut would, for tests of recovery. */
  crash(): Promise<void>
}

/**
 * For one small machine that runs everything. What was committed is safe (`fsync` and `synchronous_commit` stay on).
 * JIT costs minutes where a bulk statement touches many rows, and gains nothing here.
 */
export const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '40',
  shared_buffers: '64MB',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
  idle_in_transaction_session_timeout: '60s',
  log_checkpoints: 'off',
}

const LEFTOVER_TIMEOUT_MS = 10_000
const LEFTOVER_GRACE_MS = 1_000
const LEFTOVER_POLL_MS = 100

/**
 * Starts a real PostgreSQL on 127.0.0.1 from the binaries that npm installed: a second on the first start of a data
 * folder, a tenth of one later. A server that was orphaned on that folder is stopped first. When this process dies, however
 * it does, the server ends with it.
 *
 * @throws when the folder is in use by a living process
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  const clusterDir = clusterDirOf(dataDir)
  const account = serverAccount(clusterDir)
  const binaries = await serverBinaries(account)
  await stopOrphan(dataDir)
  const password = await ensureCluster(dataDir, binaries, account)
  const port = options.port ?? (await rememberedPort(dataDir))
  await noteStarter(dataDir)
  const settings = { ...DEFAULT_SETTINGS, ...options.settings }
  const onLog = options.onLog ?? (() => {})
  const server = await startOnceFree({ binaries, clusterDir, account, port, settings, onLog })
  const pid = server.pid
  if (pid === undefined) throw new Error('Postgres has no process id')
  if (options.owner === undefined) server.once('exit', leash(pid, 'INT').release)
  else letGo(server, pid, options.owner)

  const url = `postgres://${USER}:${password}@127.0.0.1:${port}`
  const database = await createDatabase(`${url}/postgres`, options.database ?? 'rollcall').catch(async (error) => {
    await stopServer(server)
    throw error
  })
  return {
    url: database,
    port,
    pid,
    dataDir,
    ended: hasEnded(server) ? Promise.resolve() : new Promise((resolve) => server.once('exit', () => resolve())),
    stop: async () => {
      await stopServer(server)
      // Of one that was killed.
      await endLeftovers(clusterDir)
    },
    crash: () => crashServer(server),
  }
}

function letGo(server: ChildProcess, pid: number, owner: number): void {
  server.unref()
  server.stderr?.destroy()
  leashTo(owner, pid, 'INT')
}

/**
 * After a crash the killed server's children take a moment to notice, and hold its shared memory until then. Those that do
 * not notice are ended.
 */
async function startOnceFree(options: ServerOptions) {
  for (let waitedMs = 0; ; waitedMs += LEFTOVER_POLL_MS) {
    try {
      return await startServer(options)
    } catch (error) {
      const isHeld = error instanceof ServerStartError && error.lastLines.some((line) => line.includes('still in use'))
      if (!isHeld || waitedMs >= LEFTOVER_TIMEOUT_MS) throw error
      if (waitedMs >= LEFTOVER_GRACE_MS) await endLeftovers(options.clusterDir)
      await delay(LEFTOVER_POLL_MS)
    }
  }
}
