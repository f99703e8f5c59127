const BASE_MS = 1_000
const CAP_MS = 60_000

/** A connection that held for so long was a good one: what comes next is a first attempt. */
const GOOD_AFTER_MS = 5_000

/** How long to wait before a connection: exponential with full jitter, so that many shards do not come back all at once. */
export class BackOff {
  readonly #random: () => number
  #failures = 0
  #readyAtMs: number | undefined

  constructor(random: () => number) {
    this.#random = random
  }

  get failures(): number {
    return this.#failures
  }

  ready(nowMs: number): void {
    this.#readyAtMs = nowMs
  }

  /** The connection is gone, or did not come about. */
  closed(nowMs: number): void {
    const wasGood = this.#readyAtMs !== undefined && nowMs - this.#readyAtMs >= GOOD_AFTER_MS
    this.#failures = wasGood ? 0 : this.#failures + 1
    this.#readyAtMs = undefined
  }

  /** The first attempt waits for nothing. */
  delayMs(): number {
    return this.#failures === 0 ? 0 : this.#random() * Math.min(CAP_MS, BASE_MS * 2 ** (this.#failures - 1))
  }
}
