import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Account } from './account.js'
import { folderArgument, SERVER_ENV } from './cluster.js'

const READY = 'database system is ready to accept connections'
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000
const LINES_KEPT = 20

export interface ServerOptions {
  readonly binaries: string
  readonly clusterDir: string
  readonly account: Account | undefined
  readonly port: number
  readonly settings: Readonly<Record<string, string>>
  readonly onLog: (line: string) => void
}

/** The server did not come up; the message ends with its own last words. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'

  constructor(readonly lastLines: readonly string[]) {
    super(`Postgres did not start:\n${lastLines.join('\n')}`)
  }
}

/** Starts the server and waits until it takes connections: on 127.0.0.1 only, and on no socket file. */
export async function startServer(options: ServerOptions): Promise<ChildProcess> {
  const { binaries, clusterDir, account, port, settings, onLog } = options
  const own = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: `${port}`, logging_collector: 'off' }
  const server = spawn(
    join(binaries, 'bin', 'postgres'),
    [
      '-D',
      folderArgument(clusterDir, account),
      ...Object.entries({ ...settings, ...own }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    // A session of its own: Ctrl-C in the terminal is for the one who started us, and it stops the server in its turn.
    { ...account, cwd: clusterDir, env: SERVER_ENV, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const lastLines: string[] = []
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => server.kill('SIGQUIT'), START_TIMEOUT_MS)
    const settle = (act: () => void) => {
      clearTimeout(timer)
      act()
    }
    server.once('error', (error) => settle(() => reject(error)))
    server.once('close', () => settle(() => reject(new ServerStartError(lastLines))))
    createInterface({ input: server.stderr }).on('line', (line) => {
      if (lastLines.push(line) > LINES_KEPT) lastLines.shift()
      onLog(line)
      if (line.includes(READY)) settle(resolve)
    })
  })
  return server
}

/** Ends the server: sessions are cut, everything committed is on disk (`SIGINT`, a "fast shutdown"). */
export async function stopServer(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return
  const ended = once(server, 'exit')
  server.kill('SIGINT')
  // An "immediate shutdown" loses nothing either: the next start replays the log.
  const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(timer)
}

/** Ends the server as a power cut would, for tests of recovery. */
export async function crashServer(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

export const hasEnded = (server: ChildProcess) => server.exitCode !== null || server.signalCode !== null
