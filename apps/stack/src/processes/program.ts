import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { leash } from '@rollcall/embedded-postgres'
import type { PrivateResolver } from '@rollcall/name-cache/testing'
import { execa } from 'execa'
import type { Cgroup } from '../cgroup/cgroup.js'
import { Usage } from './usage.js'

/** Longer than the API takes to drain. */
const STOP_TIMEOUT_MS = 40_000
const LINES_KEPT = 20
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR'] as const

export interface ProgramOptions {
  readonly name: string
  readonly entryPoint: string
  readonly nodeFlags?: readonly string[]
  readonly args?: readonly string[]
  /** All the program gets besides what concerns the terminal and the machine: no secret strays into it. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** `terminal`: it writes where we do. `kept`: its last lines are kept to be told when it fails. */
  readonly output: 'terminal' | 'kept'
  /** A group with limits to run in, as a container is one. */
  readonly cgroup?: Cgroup | undefined
  /** A DNS server that only it asks. */
  readonly resolver?: PrivateResolver | undefined
  /** Gets each line of standard output when it is `kept`. */
  readonly onLine?: (line: string) => void
}

export interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
}

export interface Program {
  readonly name: string
  readonly usage: Usage
  /** Never rejects. */
  readonly ended: Promise<Ending>
  readonly lastLines: readonly string[]
  /** Asks it to end (SIGTERM) and waits until it has. Safe to call twice. */
  stop(): Promise<Ending>
}

/**
 * Starts a program of this project as a process. It leads a process group of its own, so that Ctrl-C reaches only us and
 * each is asked to end once, in our order; and it ends when we are killed.
 */
export function startProgram(options: ProgramOptions): Program {
  const { name, entryPoint, nodeFlags = [], args = [], env, output, cgroup, resolver, onLine } = options
  const stream = output === 'terminal' ? 'inherit' : 'pipe'
  const plain = [process.execPath, ...nodeFlags, entryPoint, ...args] as const
  const confined = cgroup ? cgroup.enter(plain) : plain
  const [file, ...argv] = resolver ? resolver.enter(confined) : confined
  const child = execa(file, argv, {
    env: definedOf({ ...machineEnv(), ...env }),
    extendEnv: false,
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    forceKillAfterDelay: STOP_TIMEOUT_MS,
    stdin: 'ignore',
    stdout: stream,
    stderr: stream,
  })
  const lastLines: string[] = []
  const keep = (source: Readable | null, onLine?: (line: string) => void) => {
    if (!source) return
    createInterface({ input: source }).on('line', (line) => {
      if (lastLines.push(line) > LINES_KEPT) lastLines.shift()
      onLine?.(line)
    })
  }
  keep(child.stdout, onLine)
  keep(child.stderr)
  const usage = new Usage(child.pid)
  const watcher = child.pid === undefined ? undefined : leash(child.pid, 'TERM')
  const ended = child.then(({ exitCode, signal }) => {
    watcher?.release()
    usage.stop()
    return { code: exitCode, signal }
  })
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { name, usage, ended, lastLines, stop }
}

export function machineEnv(): Record<string, string | undefined> {
  return Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]))
}

/** A variable that is undefined would be handed on as the text "undefined". */
export function definedOf(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** For an error message: how it ended, and its last words. */
export function describeEnding({ name, lastLines }: Program, { code, signal }: Ending): string {
  return [`${name} ended with ${signal ?? `exit code ${code}`}`, ...lastLines].join('\n  ')
}
