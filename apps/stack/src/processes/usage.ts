import { readdirSync, readFileSync } from 'node:fs'

const SAMPLE_MS = 50
const FAMILY_ATTEMPTS = 5
/** The unit of times in `/proc`, a constant of Linux for programs: `USER_HZ`. */
const TICKS_PER_SECOND = 100

/**
 * What a process has used, as the kernel tells it (`/proc`, so on Linux only; elsewhere everything is `undefined`). The
 * kernel keeps the peak itself; looking often only matters for the last moments of a process.
 */
export class Usage {
  #peakMiB: number | undefined
  #cpuSeconds: number | undefined
  readonly #timer: NodeJS.Timeout

  constructor(readonly pid: number | undefined) {
    this.#timer = setInterval(() => this.#look(), SAMPLE_MS)
    this.#timer.unref()
  }

  /** Of resident memory (`VmHWM`). */
  get peakMiB(): number | undefined {
    this.#look()
    return this.#peakMiB
  }

  /** User and system. */
  get cpuSeconds(): number | undefined {
    this.#look()
    return this.#cpuSeconds
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    if (this.pid === undefined) return
    const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(readProc(this.pid, 'status'))?.[1])
    // A process that has just ended is a zombie without memory.
    if (!(peakKiB > 0)) return
    this.#peakMiB = peakKiB / 1_024
    this.#cpuSeconds = statOf(this.pid)?.ownSeconds ?? this.#cpuSeconds
  }
}

/** Seconds of a process, its living children, and those that it has waited for: a Postgres with all its backends. */
export function cpuSecondsOfFamily(pid: number): number | undefined {
  for (let attempt = 1; ; attempt++) {
    const parent = statOf(pid)
    if (parent === undefined) return undefined
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter((child) => child?.parent === pid)
    const seconds = children.reduce((sum, child) => sum + (child?.ownSeconds ?? 0), parent.ownSeconds)
    // A child that was waited for while we looked is in neither of the two.
    const isStill = statOf(pid)?.reapedSeconds === parent.reapedSeconds
    if (isStill || attempt === FAMILY_ATTEMPTS) return seconds + parent.reapedSeconds
  }
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function statOf(pid: number): { parent: number; ownSeconds: number; reapedSeconds: number } | undefined {
  const text = readProc(pid, 'stat')
  if (text === '') return undefined
  // The name, in brackets, may hold blanks; what follows it begins with the third field of the manual.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const field = (number: number) => fields[number - 3] ?? 0
  return {
    parent: field(4),
    ownSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
    reapedSeconds: (field(16) + field(17)) / TICKS_PER_SECOND,
  }
}

/** Empty when there is no such process, or no `/proc`. */
function readProc(pid: number, name: 'status' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch {
    return ''
  }
}
