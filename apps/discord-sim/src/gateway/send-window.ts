import type { GatewaySettings } from './settings.js'

/** Counts what one connection sends: a fixed window that starts with the first payload in it. */
export class SendWindow {
  #startMs = Number.NEGATIVE_INFINITY
  #count = 0

  constructor(
    readonly settings: Pick<GatewaySettings, 'send_limit' | 'send_window_ms'>,
    readonly nowMs: () => number,
  ) {}

  /** @returns false for one too many */
  take(): boolean {
    const nowMs = this.nowMs()
    if (nowMs >= this.#startMs + this.settings.send_window_ms) {
      this.#startMs = nowMs
      this.#count = 0
    }
    this.#count += 1
    return this.#count <= this.settings.send_limit
  }
}
