import type { Snowflake } from '@rollcall/contract'
import type { Logger } from 'pino'

const MAX_FAILURES_LOGGED = 20

/** Names the first failures of a run one by one; the rest is only counted. */
export class Failures {
  readonly #log: Logger
  #count = 0

  constructor(log: Logger) {
    this.#log = log
  }

  note(memberId: Snowflake, reason: string): void {
    this.#count += 1
    if (this.#count > MAX_FAILURES_LOGGED) return
    this.#log.warn({ member: `${memberId}`, reason }, 'member failed')
    if (this.#count === MAX_FAILURES_LOGGED) this.#log.warn('further failures are only counted')
  }
}
