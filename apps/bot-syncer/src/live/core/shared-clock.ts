import type { Stamp } from '@rollcall/contract'

/** An older estimate is worse by so much of its age: what two quartz clocks may drift apart. */
const DRIFT = 0.000_1

/**
 * The clock that all processes share, the database's: this process's monotonic clock plus an offset. The offset is what an
 * answer of the API told, as if it had been written in the middle of its request (Cristian's algorithm); the estimate of the
 * fastest request stays until one that is surer.
 *
 * Stamps have microseconds and ascend strictly, so that of two events of this process the later is the newer.
 */
export class SharedClock {
  readonly #monotonicMs: () => number
  #offsetMs: number
  #uncertaintyMs = Number.POSITIVE_INFINITY
  #estimatedAtMs = 0
  #lastMicros = 0n

  /**
   * @param monotonicMs - such as `performance.now`
   * @param startMs - what it is now, until the API has told: milliseconds since 1970
   */
  constructor(monotonicMs: () => number, startMs: number) {
    this.#monotonicMs = monotonicMs
    this.#offsetMs = startMs - monotonicMs()
  }

  /** Milliseconds of this process's own clock; for durations. */
  monotonicMs(): number {
    return this.#monotonicMs()
  }

  /** Milliseconds since 1970 on the shared clock. */
  nowMs(): number {
    return this.#monotonicMs() + this.#offsetMs
  }

  /** @param askedAtMs - when the request was begun, by {@link monotonicMs} */
  learn(now: Stamp, askedAtMs: number): void {
    const atMs = this.#monotonicMs()
    const uncertaintyMs = (atMs - askedAtMs) / 2
    if (uncertaintyMs > this.#uncertaintyMs + DRIFT * (atMs - this.#estimatedAtMs)) return
    this.#offsetMs = millisecondsOf(now) - (askedAtMs + uncertaintyMs)
    this.#uncertaintyMs = uncertaintyMs
    this.#estimatedAtMs = atMs
  }

  stamp(): Stamp {
    const micros = BigInt(Math.floor(this.nowMs() * 1_000))
    this.#lastMicros = micros > this.#lastMicros ? micros : this.#lastMicros + 1n
    const text = new Date(Number(this.#lastMicros / 1_000n)).toISOString()
    return `${text.slice(0, -1)}${`${this.#lastMicros % 1_000n}`.padStart(3, '0')}Z`
  }
}

/** A `Date` knows milliseconds; what is behind them is added. */
function millisecondsOf(stamp: Stamp): number {
  const fraction = /\.(\d+)Z$/.exec(stamp)?.[1] ?? ''
  return Date.parse(`${stamp.slice(0, 19)}Z`) + Number(`0.${fraction.padEnd(1, '0')}`) * 1_000
}
