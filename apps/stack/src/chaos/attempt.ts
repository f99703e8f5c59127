import type { Ending, Program } from '../processes/program.js'
import { kill } from '../rig/backend.js'
import type { Strike } from '../rig/tally.js'
import { keepEvidence, lastRun } from './evidence.js'
import type { Fault } from './faults.js'
import { judgeAttempt } from './judge.js'
import { Storm } from './storm.js'
import type { System } from './system.js'

export interface Attempt {
  readonly syncer: Program
  readonly ending: Ending
  /** Between syncer and API. */
  readonly carriedBytes: number
  readonly strikes: readonly Strike[]
  /** What was not as it must be, in sentences. */
  readonly violations: readonly string[]
}

export interface AttemptOptions {
  readonly planned?: readonly Fault[]
  /** What a run without faults carries between syncer and API. */
  readonly calmBytes?: number
}

/**
 * One run of the syncer, met by faults, and a look whether all is as it must be afterwards.
 *
 * @throws {@link OverdueError} when the run, or anything about it, does not end
 */
export async function attempt(system: System, { planned = [], calmBytes = 0 }: AttemptOptions = {}): Promise<Attempt> {
  const { steps, options } = system
  const before = await steps.take('look into the ledger', () => lastRun(system))
  await steps.take('keep the tables to compare with', () => keepEvidence(system))
  const storm = new Storm(system, planned, calmBytes)
  await steps.take('arm the first faults', () => storm.gather())
  const syncer = await system.reconcile()
  storm.accompany(syncer)
  system.onDeath(() => kill(syncer))
  const ending = await steps.take(
    `run of the syncer, process ${syncer.usage.pid}`,
    () => syncer.ended,
    options.runLimitMs,
  )
  const carriedBytes = system.wires.api.bytes
  const strikes = await steps.take('wait until the faults are over', () => storm.end(), options.runLimitMs)
  const violations =
    system.deaths.length > 0
      ? system.deaths
      : await steps.take('judge the run', () => judgeAttempt(system, syncer, ending, before))
  return { syncer, ending, carriedBytes, strikes, violations }
}
