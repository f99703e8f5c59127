import type { Program } from '../processes/program.js'
import type { Strike } from '../rig/tally.js'
import type { CountHits } from '../rig/wire-faults.js'
import type { Fault } from './faults.js'
import type { System } from './system.js'

/** Restarts included. */
const STRIKE_LIMIT_MS = 120_000

/**
 * The faults of one run. Each strikes when so many bytes have passed between syncer and API: what happens when follows
 * from the work, hardly from the clock.
 */
export class Storm {
  readonly #waiting: Fault[]
  readonly #underWay: Promise<{ name: string; count: CountHits }>[] = []
  #syncer: Program | undefined

  /** @param calmBytes - what a run without faults carries */
  constructor(
    readonly system: System,
    planned: readonly Fault[],
    readonly calmBytes: number,
  ) {
    system.struck = []
    this.#waiting = [...planned].sort((a, b) => a.atShare - b.atShare)
  }

  /** What is wrong from the start is so before the syncer is there. */
  async gather(): Promise<void> {
    this.#strikeUpTo(0)
    await Promise.all(this.#underWay)
  }

  accompany(syncer: Program): void {
    this.#syncer = syncer
    this.system.wires.api.watch((bytes) => this.#strikeUpTo(bytes))
  }

  /** No fault begins any more; waits for those that have, and mends everything. */
  async end(): Promise<Strike[]> {
    this.system.wires.api.watch(() => {})
    const strikes: Strike[] = []
    for (const { name, count } of await Promise.all(this.#underWay)) strikes.push({ name, hits: await count() })
    await this.system.guild.tellTheTruth()
    return strikes
  }

  #strikeUpTo(bytes: number): void {
    for (let next = this.#waiting[0]; next && next.atShare * this.calmBytes <= bytes; next = this.#waiting[0]) {
      this.#waiting.shift()
      const { name, strike } = next
      this.system.struck.push(name)
      const target = { system: this.system, syncer: this.#syncer }
      const struck = this.system.steps
        .take(`fault ${name}`, () => strike(target), STRIKE_LIMIT_MS)
        .then((count) => ({ name, count }))
      // An error is told when it is waited for, which is later.
      struck.catch(() => {})
      this.#underWay.push(struck)
    }
  }
}
