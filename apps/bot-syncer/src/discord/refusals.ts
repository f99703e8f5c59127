import { TooManyRefusalsError } from './errors.js'

/** A fifth of what gets an address banned: others behind the same address may be counting too. */
export const MAX_REFUSALS = 2_000

const WINDOW_MS = 600_000

/**
 * Counts the requests that Discord calls invalid (401, 403, and 429 unless its scope is `shared`) in windows of ten
 * minutes.
 *
 * @see https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
 */
export class Refusals {
  readonly #clock: () => number
  #windowEndsMs = 0
  #count = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** @throws {@link TooManyRefusalsError} before a request that should not be made */
  check(): void {
    if (this.#count >= MAX_REFUSALS && this.#clock() < this.#windowEndsMs) throw new TooManyRefusalsError(this.#count)
  }

  record(status: number, rateLimitScope: string | null): void {
    if (![401, 403, 429].includes(status) || (status === 429 && rateLimitScope === 'shared')) return
    if (this.#clock() >= this.#windowEndsMs) {
      this.#windowEndsMs = this.#clock() + WINDOW_MS
      this.#count = 0
    }
    this.#count += 1
  }
}
