import type { Ending, Program } from '../processes/program.js'
import { keepEvidence, lastRun } from './evidence.js'
import type { Fault } from './faults.js'
import { judgeAttempt } from './judge.js'
import { kill, type System } from './system.js'

/** Longer than everything that a run waits for. */
const TIMEOUT_MS = 60_000

/** A fault, and how much of what a calm run sends and receives goes before it, 0 to 1. */
export interface PlannedFault extends Fault {
  readonly atShare: number
}

export interface Attempt {
  readonly syncer: Program
  readonly ending: Ending
  /** The names of the faults that there was time for. */
  readonly struck: readonly string[]
  readonly faults: readonly string[]
}

/**
 * One run of the syncer. A fault strikes when so many bytes have passed between syncer and API: what happens when follows
 * from the work, hardly from the clock.
 *
 * @param calmBytes - what a run without faults carries
 */
export async function attempt(system: System, planned: readonly PlannedFault[], calmBytes: number): Promise<Attempt> {
  const before = await lastRun(system)
  await keepEvidence(system)
  const struck: string[] = []
  const underWay: Promise<void>[] = []
  const waiting = [...planned].sort((a, b) => a.atShare - b.atShare)
  const strikeUpTo = (bytes: number) => {
    for (let next = waiting[0]; next !== undefined && next.atShare * calmBytes <= bytes; next = waiting[0]) {
      waiting.shift()
      struck.push(next.name)
      underWay.push(next.strike({ system, syncer }))
    }
  }
  const syncer = await system.running.add(system.reconcile())
  system.wires.api.watch(strikeUpTo)
  const timer = setTimeout(() => kill(syncer), TIMEOUT_MS)
  system.onDeath(() => kill(syncer))
  const ending = await syncer.ended
  clearTimeout(timer)
  system.wires.api.watch(() => {})
  await Promise.all(underWay)
  await system.guild.tellTheTruth()
  if (system.deaths.length > 0) return { syncer, ending, struck, faults: system.deaths }
  return { syncer, ending, struck, faults: await judgeAttempt(system, syncer, ending, before) }
}
