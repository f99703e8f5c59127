import { createHash } from 'node:crypto'
import { defaultLimits, type Limits, type LimitsPatch } from './limits.js'
import { RequestWindows, type Verdict } from './request-windows.js'

/** Every limit of Discord's that a request can meet, and the state of each. */
export class RateLimiter {
  readonly limits: Limits = defaultLimits()
  readonly #windows: RequestWindows
  #invalid = { startMs: Number.NEGATIVE_INFINITY, count: 0 }

  constructor(readonly nowMs: () => number) {
    this.#windows = new RequestWindows(nowMs)
  }

  /** Also forgets what was counted: the new numbers start from nothing. */
  change({ routes, ...rest }: LimitsPatch): void {
    Object.assign(this.limits, rest)
    for (const [route, limit] of Object.entries(routes ?? {})) {
      if (limit === null) delete this.limits.routes[route]
      else this.limits.routes[route] = limit
    }
    this.#windows.clear()
    this.#invalid = { startMs: Number.NEGATIVE_INFINITY, count: 0 }
  }

  /** Undefined while limits are off. */
  takeGlobal(): Verdict | undefined {
    return this.limits.enabled ? this.#windows.take('global', this.limits.global) : undefined
  }

  /** @param major - the guild, channel or webhook that the path names first */
  takeRoute(route: string, major: string): Verdict | undefined {
    if (!this.limits.enabled) return undefined
    return this.#windows.take(`${route} ${major}`, this.limits.routes[route] ?? this.limits.default)
  }

  takeWebhookChannel(channelId: string): Verdict | undefined {
    if (!this.limits.enabled) return undefined
    return this.#windows.take(`webhooks of ${channelId}`, this.limits.webhook_channel)
  }

  /** Invalid requests in the current window. */
  get invalidRequests(): number {
    return this.#invalidWindow().count
  }

  countInvalid(): void {
    const window = this.#invalidWindow()
    this.#invalid = window.count === 0 ? { startMs: this.nowMs(), count: 1 } : { ...window, count: window.count + 1 }
  }

  /** How long the address is still shut out; 0 if it is not. */
  banMs(): number {
    const { limit, window_ms } = this.limits.invalid_requests
    const { startMs, count } = this.#invalidWindow()
    return this.limits.enabled && count >= limit ? startMs + window_ms - this.nowMs() : 0
  }

  #invalidWindow(): { startMs: number; count: number } {
    const ended = this.nowMs() >= this.#invalid.startMs + this.limits.invalid_requests.window_ms
    return ended ? { startMs: this.nowMs(), count: 0 } : this.#invalid
  }
}

/** Discord's opaque name of a bucket: the same for a route whatever the guild. */
export function bucketOf(route: string): string {
  return createHash('md5').update(route).digest('hex')
}
