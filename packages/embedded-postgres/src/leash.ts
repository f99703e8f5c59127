import { spawn } from 'node:child_process'
import type { Account } from './account.js'

/** Ends processes when this one is gone, however it went. */
export interface Leash {
  /** Of the process that watches. */
  readonly pid: number | undefined
  /** Lets the processes go: to be called when they have ended, before their ids are given to others. */
  release(): void
}

/**
 * Sends `signal` to `pid` when this process dies, SIGKILL included, which no handler sees: a shell of a megabyte waits on
 * a pipe whose other end closes then. It stands in a session of its own, out of reach of the terminal's Ctrl-C.
 */
export function leash(pid: number, signal: 'INT' | 'TERM' | 'KILL', account?: Account): Leash {
  const watcher = spawn('/bin/sh', ['-c', `read -r _ || kill -${signal} "$1"`, 'rollcall-leash', `${pid}`], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  watcher.on('error', () => {})
  watcher.stdin.on('error', () => {})
  watcher.unref()
  if ('unref' in watcher.stdin && typeof watcher.stdin.unref === 'function') watcher.stdin.unref()
  return { pid: watcher.pid, release: () => void watcher.stdin.end('\n') }
}
