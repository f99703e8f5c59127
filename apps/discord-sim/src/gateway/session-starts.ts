import type { GatewaySettings } from './settings.js'

/** Keys of identify pacing that are remembered; there are at most as many as `max_concurrency`. */
type Pacing = Map<number, number>

/**
 * How often and how fast a bot may identify: a budget for a window, and a pause for each key.
 *
 * @see https://discord.com/developers/docs/events/gateway#identifying
 */
export class SessionStarts {
  #windowStartMs: number | undefined
  #used = 0
  readonly #lastByKey: Pacing = new Map()

  constructor(
    readonly settings: GatewaySettings,
    readonly nowMs: () => number,
  ) {}

  get remaining(): number {
    this.#turnWindow()
    return Math.max(0, this.settings.session_starts - this.#used)
  }

  /** Until the budget is whole again; the whole window while nothing of it is used. */
  get resetAfterMs(): number {
    this.#turnWindow()
    const { session_start_window_ms: windowMs } = this.settings
    return this.#windowStartMs === undefined ? windowMs : this.#windowStartMs + windowMs - this.nowMs()
  }

  /** Counts an identify of a valid token, also one that is too fast. @returns false when the budget was used up */
  spend(): boolean {
    this.#turnWindow()
    this.#windowStartMs ??= this.nowMs()
    this.#used += 1
    return this.#used <= this.settings.session_starts
  }

  /** @returns false when the last identify of the shard's key is not long enough ago */
  pace(shardId: number): boolean {
    const key = shardId % this.settings.max_concurrency
    const nowMs = this.nowMs()
    const lastMs = this.#lastByKey.get(key)
    if (lastMs !== undefined && nowMs - lastMs < this.settings.identify_interval_ms) return false
    this.#lastByKey.set(key, nowMs)
    return true
  }

  /** A whole budget, as the owner of a new token has. */
  reset(): void {
    this.#windowStartMs = undefined
    this.#used = 0
    this.#lastByKey.clear()
  }

  #turnWindow(): void {
    if (this.#windowStartMs === undefined) return
    if (this.nowMs() < this.#windowStartMs + this.settings.session_start_window_ms) return
    this.#windowStartMs = undefined
    this.#used = 0
  }
}
