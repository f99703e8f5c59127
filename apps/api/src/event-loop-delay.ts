import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 20
const WINDOW_MS = 1_000

/**
 * How late the event loop is: what every request waits, whatever it asks for. The 99th percentile of a second, and of two
 * seconds in a row the better one: a single long turn is not an overload.
 */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  readonly #timer: NodeJS.Timeout
  #last = 0
  #beforeLast = 0

  constructor() {
    this.#histogram.enable()
    this.#timer = setInterval(() => {
      this.#beforeLast = this.#last
      // The histogram counts the pause between two samples in.
      this.#last = Math.max(0, this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS)
      this.#histogram.reset()
    }, WINDOW_MS).unref()
  }

  get ms(): number {
    return Math.min(this.#last, this.#beforeLast)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }
}
