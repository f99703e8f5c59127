import type { GatewaySettings } from './settings.js'

/** Guilds that are remembered; forgetting one is to the benefit of the client. */
const MAX_REMEMBERED = 10_000

/** When all members of each guild were last asked for. */
export class MemberRequests {
  readonly #lastMs = new Map<string, number>()

  constructor(
    readonly settings: Pick<GatewaySettings, 'request_members_interval_ms'>,
    readonly nowMs: () => number,
  ) {}

  /** @returns 0 when the request may go on and counts; otherwise the milliseconds until one may */
  take(guildId: string): number {
    const nowMs = this.nowMs()
    const waitMs =
      (this.#lastMs.get(guildId) ?? Number.NEGATIVE_INFINITY) + this.settings.request_members_interval_ms - nowMs
    if (waitMs > 0) return waitMs
    this.#lastMs.delete(guildId)
    this.#lastMs.set(guildId, nowMs)
    for (const oldest of this.#lastMs.keys()) {
      if (this.#lastMs.size <= MAX_REMEMBERED) break
      this.#lastMs.delete(oldest)
    }
    return 0
  }
}
