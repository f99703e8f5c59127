/** Generous: a busy machine must not look like one that hangs. */
export const STEP_LIMIT_MS = 60_000

interface Step {
  readonly name: string
  readonly startedAtMs: number
}

/** A step took longer than it may. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError'

  constructor(
    readonly step: string,
    readonly limitMs: number,
    /** What was being waited for at that moment, outermost first. */
    readonly open: readonly string[],
  ) {
    super(`${step} was not over after ${limitMs / 1_000} seconds; waited for: ${open.join(' › ')}`)
  }
}

/** Names whatever is waited for and bounds it in time, so that a hang says by itself where it is. */
export class Steps {
  readonly #open = new Set<Step>()

  /** What is being waited for at this moment and for how long, outermost first. */
  get open(): string[] {
    const now = performance.now()
    return [...this.#open].map(({ name, startedAtMs }) => `${name} (${((now - startedAtMs) / 1_000).toFixed(1)} s)`)
  }

  /** @throws {@link OverdueError} when the work takes longer; it cannot be undone, and whatever becomes of it is ignored */
  async take<T>(name: string, work: () => Promise<T>, limitMs = STEP_LIMIT_MS): Promise<T> {
    const step = { name, startedAtMs: performance.now() }
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new OverdueError(name, limitMs, this.open)), limitMs)
    })
    this.#open.add(step)
    try {
      return await Promise.race([work(), overdue])
    } finally {
      clearTimeout(timer)
      this.#open.delete(step)
    }
  }
}
