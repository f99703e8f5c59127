import type { WindowLimit } from './limits.js'

/** What a request finds out about its limit. Times in milliseconds. */
export interface Verdict {
  readonly allowed: boolean
  readonly limit: number
  readonly remaining: number
  /** Until there is room again, at least for one request. */
  readonly resetAfterMs: number
}

/** Start and count of a fixed window, or the instants of the requests in a sliding one. */
type Window = { startMs: number; count: number } | { instantsMs: number[] }

/** The newest that many are kept: forgetting a window is to the benefit of the client. */
const MAX_WINDOWS = 10_000

/** Counts requests by key. A request that is refused counts for nothing. */
export class RequestWindows {
  readonly #windows = new Map<string, Window>()

  constructor(readonly nowMs: () => number) {}

  get size(): number {
    return this.#windows.size
  }

  clear(): void {
    this.#windows.clear()
  }

  take(key: string, limit: WindowLimit): Verdict {
    return limit.mode === 'fixed' ? this.#takeFixed(key, limit) : this.#takeSliding(key, limit)
  }

  #takeFixed(key: string, { limit, window_ms }: WindowLimit): Verdict {
    const nowMs = this.nowMs()
    let window = this.#windows.get(key)
    if (window === undefined || !('count' in window) || nowMs >= window.startMs + window_ms) {
      window = { startMs: nowMs, count: 0 }
      this.#keep(key, window)
    }
    const allowed = window.count < limit
    if (allowed) window.count += 1
    return { allowed, limit, remaining: limit - window.count, resetAfterMs: window.startMs + window_ms - nowMs }
  }

  /** A sliding log; bounded, because refused requests leave no instant in it. */
  #takeSliding(key: string, { limit, window_ms }: WindowLimit): Verdict {
    const nowMs = this.nowMs()
    const window = this.#windows.get(key)
    const known = window !== undefined && 'instantsMs' in window ? window.instantsMs : []
    const instantsMs = known.filter((instantMs) => instantMs > nowMs - window_ms)
    const allowed = instantsMs.length < limit
    if (allowed) instantsMs.push(nowMs)
    this.#keep(key, { instantsMs })
    const oldestMs = instantsMs[0] ?? nowMs
    return { allowed, limit, remaining: limit - instantsMs.length, resetAfterMs: oldestMs + window_ms - nowMs }
  }

  #keep(key: string, window: Window): void {
    this.#windows.delete(key)
    this.#windows.set(key, window)
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= MAX_WINDOWS) break
      this.#windows.delete(oldest)
    }
  }
}
