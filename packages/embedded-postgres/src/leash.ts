import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/** Ends a process when its owner is gone, however that went. */
export interface Leash {
  /** Of the shell that watches. */
  readonly pid: number | undefined
  /** Lets the process go: to be called when it has ended, before its id is given to another. */
  release(): void
}

export type LeashSignal = 'INT' | 'TERM' | 'KILL'

/**
 * Sends `signal` to `pid` when this process dies, SIGKILL included, which no handler sees: a shell of a megabyte waits on
 * a pipe whose other end closes then. It stands in a session of its own, out of reach of the terminal's Ctrl-C.
 */
export function leash(pid: number, signal: LeashSignal): Leash {
  const watcher = spawn('/bin/sh', ['-c', `read -r _ || kill -${signal} "$1"`, 'rollcall-leash', `${pid}`], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  watcher.on('error', () => {})
  watcher.stdin.on('error', () => {})
  watcher.unref()
  // A pipe is a socket in Node, and would keep this process alive.
  if (watcher.stdin instanceof Socket) watcher.stdin.unref()
  return { pid: watcher.pid, release: () => void watcher.stdin.end('\n') }
}

/** As {@link leash}, for an owner that is not this process: looked at every second. Needs no release by a living one. */
export function leashTo(owner: number, pid: number, signal: LeashSignal): void {
  const script = `while kill -0 "$1"; do kill -0 "$2" || exit; sleep 1; done; kill -${signal} "$2"`
  const args = ['-c', script, 'rollcall-leash', `${owner}`, `${pid}`]
  spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: 'ignore', env: { PATH: process.env.PATH } }).unref()
}
