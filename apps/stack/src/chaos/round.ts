import { describeEnding } from '../processes/program.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import { Random } from '../rig/random.js'
import type { Strike } from '../rig/tally.js'
import { type Attempt, attempt } from './attempt.js'
import { ChunkWriter } from './chunk-writer.js'
import { editGuild } from './edit-guild.js'
import { planStorms } from './fault-deck.js'
import { judgeQuietRun } from './judge.js'
import type { System } from './system.js'

/** After the storms the first is enough, but what a storm began may still be under way. */
const CALM_ATTEMPTS = 3

export interface RoundOptions {
  readonly seed: number
  /** The faults that may be drawn, by name. */
  readonly kinds: readonly string[]
  /** What a run without faults carries between syncer and API. */
  readonly calmBytes: number
}

export interface Round {
  readonly seed: number
  readonly edits: readonly string[]
  readonly strikes: readonly Strike[]
  /** How each run ended. */
  readonly endings: readonly string[]
  readonly chunksConfirmed: number
  /** What was not as it must be, in sentences. */
  readonly violations: readonly string[]
}

/**
 * The guild changes and a reconcile meets with faults, twice; then the storm is over, and one of a few more must end done.
 * What must be true is looked at after each. In the end the mirror is the guild, and one more run has nothing to send.
 */
export async function playRound(system: System, { seed, kinds, calmBytes }: RoundOptions): Promise<Round> {
  const { steps } = system
  const random = new Random(seed)
  const writer = new ChunkWriter(system)
  const [edits, attempts]: [string[], Attempt[]] = [[], []]
  const violations = () => [...new Set([...attempts.flatMap((it) => it.violations), ...writer.violations])]
  const told = (more: readonly string[]): Round => ({
    seed,
    edits,
    strikes: attempts.flatMap((it) => it.strikes),
    endings: attempts.map(({ ending }) => ending.signal ?? `${ending.code}`),
    chunksConfirmed: writer.confirmed,
    violations: [...violations(), ...more],
  })

  await steps.take('write the first chunk', () => writer.start())
  try {
    for (const planned of planStorms(seed, kinds)) {
      edits.push(await steps.take('edit the guild', () => editGuild(system.guild, random)))
      attempts.push(await attempt(system, { planned, calmBytes }))
      if (violations().length > 0) return told([])
    }
    if (!(await calmDown(system, attempts))) return told([unrest(attempts)])
  } finally {
    await steps.take('end the writing of chunks', () => writer.stop())
  }
  if (violations().length > 0) return told([])
  const quiet = await attempt(system)
  attempts.push(quiet)
  return told(await steps.take('judge the quiet run', () => judgeQuietRun(system, quiet)))
}

/** @returns whether a run without faults was done, or something was not as it must be, which ends the round, too */
async function calmDown(system: System, attempts: Attempt[]): Promise<boolean> {
  for (let count = 0; count < CALM_ATTEMPTS; count++) {
    const calm = await attempt(system)
    attempts.push(calm)
    if (calm.violations.length > 0 || calm.ending.code === SYNCER_EXIT.done) return true
  }
  return false
}

function unrest(attempts: readonly Attempt[]): string {
  const last = attempts.at(-1)
  return `No run ended done after the faults were over.\n${last ? describeEnding(last.syncer, last.ending) : ''}`
}
