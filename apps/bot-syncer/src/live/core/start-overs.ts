const BASE_MS = 5_000
const CAP_MS = 600_000

/** After so long without one, the next is a first. */
const FORGET_MS = 3_600_000

/**
 * How long to wait before a new session that this process asks for itself. The first begins at once; while whatever made it
 * necessary goes on, the pauses grow, so that it does not use up the day's identifies of all processes.
 */
export class StartOvers {
  #count = 0
  #lastAtMs = Number.NEGATIVE_INFINITY

  /** One more is necessary now. */
  pauseMs(nowMs: number): number {
    if (nowMs - this.#lastAtMs > FORGET_MS) this.#count = 0
    this.#lastAtMs = nowMs
    this.#count += 1
    return this.#count === 1 ? 0 : Math.min(CAP_MS, BASE_MS * 2 ** (this.#count - 2))
  }
}
