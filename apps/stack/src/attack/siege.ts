import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from './ask.js'
import type { Attack, Victim } from './attacks.js'

/** What became of one kind of attack. */
export interface Toll {
  readonly title: string
  readonly outcomes: Map<Outcome, number>
  readonly faults: readonly string[]
  readonly slowestMs: number
}

/** Lets every client of an attack strike again and again for so long, and waits for the last answers. */
export async function besiege(attack: Attack, victim: Victim, forMs: number): Promise<Toll> {
  const untilMs = performance.now() + forMs
  const outcomes = new Map<Outcome, number>()
  let struck = 0
  let slowestMs = 0
  const strike = async () => {
    do {
      const startedMs = performance.now()
      const outcome = await attack.strike(victim, struck++)
      slowestMs = Math.max(slowestMs, performance.now() - startedMs)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    } while (performance.now() < untilMs)
  }
  await Promise.all(Array.from({ length: attack.clients }, strike))
  const faults = [...outcomes].filter(([outcome]) => !attack.allowed(outcome))
  return {
    title: attack.title,
    outcomes,
    faults: faults.map(([outcome, count]) => `${attack.title}: ${count} ended with ${outcome}`),
    slowestMs,
  }
}

const PROBE_TIMEOUT_MS = 5_000
const PROBE_PAUSE_MS = 250

/** Asks a probe until told to stop. */
export class Probe {
  asked = 0
  failed = 0
  slowestMs = 0
  #isOver = false
  readonly #work: Promise<void>

  constructor(url: string) {
    this.#work = this.#repeat(url)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }

  async #repeat(url: string): Promise<void> {
    while (!this.#isOver) {
      const startedMs = performance.now()
      const isOk = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) }).then(
        async (response) => {
          await response.text()
          return response.ok
        },
        () => false,
      )
      this.asked++
      if (!isOk) this.failed++
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs)
      await sleep(PROBE_PAUSE_MS)
    }
  }
}
