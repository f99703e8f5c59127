import { describeEnding } from '../processes/program.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import { attempt, type PlannedFault } from './attempt.js'
import { ChunkWriter } from './chunk-writer.js'
import { editGuild } from './edit-guild.js'
import { drawFault } from './faults.js'
import { judgeQuietRun } from './judge.js'
import { Random } from './random.js'
import type { System } from './system.js'

const STORMY_ATTEMPTS = 2
/** After the storm the first is enough, but what the storm began may still be under way. */
const CALM_ATTEMPTS = 3
const MAX_FAULTS_PER_ATTEMPT = 3

export interface RoundOptions {
  readonly seed: number
  /** The faults that may be drawn, by name. */
  readonly kinds: readonly string[]
  /** What a run without faults carries between syncer and API. */
  readonly calmBytes: number
}

export interface Round {
  readonly seed: number
  readonly edits: string
  readonly struck: readonly string[]
  readonly attempts: number
  readonly chunksConfirmed: number
  /** What was not as it must be, in sentences. */
  readonly faults: readonly string[]
}

/**
 * The guild changes; reconciles meet with faults; then the storm is over, and one of a few more must end done. What must
 * be true is looked at after each. In the end the mirror is the guild, and one more run has nothing to send.
 */
export async function playRound(system: System, { seed, kinds, calmBytes }: RoundOptions): Promise<Round> {
  const random = new Random(seed)
  const edits = await editGuild(system.guild, random)
  const plans = Array.from({ length: STORMY_ATTEMPTS }, () => drawPlan(random, kinds))
  const writer = new ChunkWriter(system)
  await writer.start()
  const struck: string[] = []
  const faults: string[] = []
  let attempts = 0
  let isDone = false
  while (!isDone && faults.length === 0 && attempts < STORMY_ATTEMPTS + CALM_ATTEMPTS) {
    const it = await attempt(system, plans[attempts] ?? [], calmBytes)
    attempts++
    struck.push(...it.struck)
    faults.push(...it.faults, ...writer.faults)
    isDone = it.ending.code === SYNCER_EXIT.done
    if (!isDone && attempts === STORMY_ATTEMPTS + CALM_ATTEMPTS) {
      faults.push(`No run ended done after the faults were over.\n${describeEnding(it.syncer, it.ending)}`)
    }
  }
  await writer.stop()
  faults.push(...writer.faults.filter((fault) => !faults.includes(fault)))
  if (faults.length === 0) {
    const { syncer, ending, faults: found } = await attempt(system, [], calmBytes)
    faults.push(...found, ...(await judgeQuietRun(system, syncer, ending)))
  }
  return { seed, edits, struck, attempts, chunksConfirmed: writer.confirmed, faults }
}

function drawPlan(random: Random, kinds: readonly string[]): PlannedFault[] {
  const count = random.integer(1, MAX_FAULTS_PER_ATTEMPT)
  return Array.from({ length: count }, () => ({ atShare: random.share(), ...drawFault(random, kinds) }))
}
