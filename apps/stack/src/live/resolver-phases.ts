import { setTimeout as sleep } from 'node:timers/promises'
import type { Resolver } from '@rollcall/name-cache/testing'
import { bucketsOf, bucketsSince, type Metrics, quantile, readMetrics, sumOf } from '../rig/metrics.js'
import type { LiveSystem } from './live-system.js'

const PHASE_MS = 30_000
/** Longer than a name's lifetime, so that each time the names are due. */
const DROP_EVERY_MS = 6_000
const LAG = 'rollcall_live_lag_seconds'

/** What happened in one state of the resolver. */
export interface Phase {
  readonly name: string
  readonly ms: number
  /** Events that were confirmed. */
  readonly events: number
  readonly lagP99Seconds: number
  readonly resumes: number
  /** Connections to the API that were ended. */
  readonly cuts: number
  /** Look-ups that reached the resolver, by name. */
  readonly asked: ReadonlyMap<string, number>
  /** Look-ups that the syncer saw fail. */
  readonly failures: number
  /** Connections that got an address past its lifetime at once. */
  readonly fromMemory: number
  /** Connections that had to wait for the resolver, or got its failure. */
  readonly waited: number
}

export interface PhaseLimits {
  readonly hosts: readonly string[]
  readonly lifetimeMs: number
  readonly lagP99Seconds: number
}

/** Looks at a syncer that loses its connections every few seconds, from one state of its resolver to the next. */
export class ResolverPhases {
  readonly #system: LiveSystem
  readonly #resolver: Resolver
  readonly #managementUrl: string

  /** @param managementUrl - of the syncer */
  constructor(system: LiveSystem, resolver: Resolver, managementUrl: string) {
    this.#system = system
    this.#resolver = resolver
    this.#managementUrl = managementUrl
  }

  async pass(name: string): Promise<Phase> {
    const startedAtMs = performance.now()
    const before = await this.#look()
    this.#resolver.asked.clear()
    let cuts = 0
    while (performance.now() - startedAtMs < PHASE_MS && this.#system.deaths.length === 0) {
      await this.#system.gateway.strike({ fault: 'tcp_drop' })
      cuts += this.#system.wires.api.reset()
      await sleep(DROP_EVERY_MS)
    }
    const after = await this.#look()
    const lag = bucketsSince(bucketsOf([before.metrics], LAG), bucketsOf([after.metrics], LAG))
    const grown = (series: RegExp) => sumOf([after.metrics], series) - sumOf([before.metrics], series)
    return {
      name,
      ms: performance.now() - startedAtMs,
      events: [...lag.values()].at(-1) ?? 0,
      lagP99Seconds: quantile(lag, 0.99) ?? 0,
      resumes: after.resumes - before.resumes,
      cuts,
      asked: new Map(this.#resolver.asked),
      failures: grown(/^rollcall_dns_lookup_failures_total/),
      fromMemory: grown(/^rollcall_dns_cache_answers_total\{.*how="stale"/),
      waited: grown(/^rollcall_dns_cache_answers_total\{.*how="(waited|failed)"/),
    }
  }

  async #look(): Promise<{ metrics: Metrics; resumes: number }> {
    const { resumes } = await this.#system.gateway.counts()
    return { metrics: await readMetrics(this.#managementUrl), resumes }
  }
}

/** @returns what was not as it must be, in sentences */
export function judgePhase(phase: Phase, { hosts, lifetimeMs, lagP99Seconds }: PhaseLimits): string[] {
  const violations: string[] = []
  const expect = (holds: boolean, text: string) => holds || violations.push(`${phase.name}: ${text}`)
  // The first may come as soon as the phase begins.
  const most = Math.floor(phase.ms / lifetimeMs) + 1
  for (const host of new Set([...hosts, ...phase.asked.keys()])) {
    const count = phase.asked.get(host) ?? 0
    expect(hosts.includes(host), `${count} look-ups of ${host}, which is nobody's name`)
    expect(count <= most, `${count} look-ups of ${host}, more than one in ${lifetimeMs / 1_000} s`)
  }
  expect(
    phase.failures <= most * hosts.length,
    `${phase.failures} look-ups failed, more than one per name and lifetime`,
  )
  expect(phase.waited === 0, `${phase.waited} connections waited for the resolver, or got its failure`)
  expect(phase.fromMemory > 0, 'no name was due, so nothing is shown')
  expect(phase.resumes > 0, 'no session was resumed, so nothing is shown')
  expect(phase.cuts > 0, 'no connection to the API was cut, so nothing is shown')
  expect(phase.events > 0, 'no event was confirmed')
  expect(
    phase.lagP99Seconds <= lagP99Seconds,
    `lag p99 ${phase.lagP99Seconds.toFixed(2)} s, more than ${lagP99Seconds.toFixed(2)} s`,
  )
  return violations
}
