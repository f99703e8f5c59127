import type { Bounds } from '@rollcall/process-metrics'
import type { FastifyBaseLogger } from 'fastify'

const WINDOW_MS = 10_000

/** Sentences and codes are constants, so there are far fewer; one more is told each time. */
const MAX_KINDS = 100

/** One kind of trouble, from its first time until a window passes without it. */
interface Recurrence {
  readonly message: string
  readonly facts: object
  readonly timer: NodeJS.Timeout
  /** Since it was last told. */
  times: number
}

/**
 * A log of what may befall every request at the same time, such as a database that is away. The first time is told at once
 * and whole, with its stack; what follows is counted and told in one line for every ten seconds, until it stops.
 */
export class RecurringLog {
  readonly #log: FastifyBaseLogger
  readonly #windowMs: number
  readonly #recurrences = new Map<string, Recurrence>()

  constructor(log: FastifyBaseLogger, { windowMs = WINDOW_MS }: { windowMs?: number } = {}) {
    this.#log = log
    this.#windowMs = windowMs
  }

  /** Names what this remembers among the bounds of the process. */
  addTo(bounds: Bounds): void {
    bounds.add('recurring_troubles', {
      kind: 'cache',
      source: 'apps/api/src/recurring-log.ts',
      holds: ['#recurrences'],
      unit: 'kinds',
      size: () => this.#recurrences.size,
      max: () => MAX_KINDS,
    })
  }

  /**
   * @param message - a constant sentence
   * @param facts - few, such as an error's code: with the message they are what recurs, and each such kind is remembered
   * @param log - of the request, so that the first line bears its id
   */
  warn(message: string, err: unknown, facts: Readonly<Record<string, string>> = {}, log = this.#log): void {
    const kind = JSON.stringify([message, facts])
    const recurrence = this.#recurrences.get(kind)
    if (recurrence !== undefined) {
      recurrence.times += 1
      return
    }
    log.warn({ ...facts, err }, message)
    if (this.#recurrences.size === MAX_KINDS) return
    const timer = setInterval(() => this.#endWindow(kind), this.#windowMs).unref()
    this.#recurrences.set(kind, { message, facts, timer, times: 0 })
  }

  /** Tells what was counted, and forgets it. */
  close(): void {
    for (const [kind, recurrence] of this.#recurrences) {
      this.#tell(recurrence)
      this.#forget(kind, recurrence)
    }
  }

  #endWindow(kind: string): void {
    const recurrence = this.#recurrences.get(kind)
    if (recurrence === undefined) return
    if (recurrence.times === 0) this.#forget(kind, recurrence)
    else this.#tell(recurrence)
  }

  #tell(recurrence: Recurrence): void {
    const { message, facts, times } = recurrence
    if (times > 0) this.#log.warn({ ...facts, times, seconds: this.#windowMs / 1_000 }, `${message}, again`)
    recurrence.times = 0
  }

  #forget(kind: string, { timer }: Recurrence): void {
    clearInterval(timer)
    this.#recurrences.delete(kind)
  }
}
