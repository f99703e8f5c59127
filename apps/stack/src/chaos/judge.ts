import { compareMirror } from '../mirror/compare-mirror.js'
import { describeEnding, type Ending, type Program } from '../processes/program.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import type { Attempt } from './attempt.js'
import { countChanged, lastRun, type RunRow, wrongRemovals } from './evidence.js'
import type { System } from './system.js'

const TOLD = 3
const STATES: Readonly<Record<number, string>> = {
  [SYNCER_EXIT.done]: 'done',
  [SYNCER_EXIT.partial]: 'partial',
  [SYNCER_EXIT.held]: 'held',
}

/** What must be true after every attempt, whatever befell it. @returns what is not, in sentences */
export async function judgeAttempt(
  system: System,
  syncer: Program,
  ending: Ending,
  before: RunRow | undefined,
): Promise<string[]> {
  const run = await lastRun(system)
  const violations = (await wrongRemovals(system)).slice(0, TOLD)
  const isOfThisAttempt = run !== undefined && run.id !== before?.id
  if (isOfThisAttempt) violations.push(...ledgerViolations(run, await countChanged(system)))
  if (ending.signal !== undefined) return violations

  const state = STATES[ending.code ?? -1]
  if (state === undefined && ending.code !== SYNCER_EXIT.failed) violations.push(describeEnding(syncer, ending))
  if (syncer.lastLines.some((line) => /^Node\.js v\d/.test(line))) violations.push(describeEnding(syncer, ending))
  if (state !== undefined && !(isOfThisAttempt && run.state === state)) {
    violations.push(`the syncer ended as ${state}, and the ledger's last run is ${run?.state ?? 'none'}`)
  }
  if (isOfThisAttempt && run.state === 'done') violations.push(...(await mirrorViolations(system)))
  return violations
}

/** A status never claims more than was committed. */
function ledgerViolations(run: RunRow, changed: number): string[] {
  const { total, done, stale, failed, remaining, created, patched, departed } = run
  const violations = []
  if (done + stale + failed + remaining !== total) violations.push('the counts of the run do not add up')
  if (run.state === 'done' && failed + remaining > 0)
    violations.push('the run is done, and not all of it was confirmed')
  const claimed = created + patched + departed
  if (claimed > changed) violations.push(`the ledger claims ${claimed} changed members, and ${changed} have changed`)
  return violations
}

/** One more run must find nothing to send. */
export async function judgeQuietRun(
  system: System,
  { syncer, ending, violations }: Pick<Attempt, 'syncer' | 'ending' | 'violations'>,
): Promise<string[]> {
  if (violations.length > 0) return []
  const run = await lastRun(system)
  if (ending.code !== SYNCER_EXIT.done || run === undefined) return [describeEnding(syncer, ending)]
  const sent = run.total + run.roles_written + run.roles_deleted
  const sendings = sent === 0 ? [] : [`one more run sent ${run.total} member changes and ${sent - run.total} of roles`]
  return [...sendings, ...(await mirrorViolations(system))]
}

async function mirrorViolations({ databaseUrl, simulator }: System): Promise<string[]> {
  const { controlUrl, guildId } = simulator
  const { differences, told } = await compareMirror({ databaseUrl, controlUrl, guildId })
  return differences === 0 ? [] : [`the mirror has ${differences} differences from the guild: ${told.join('; ')}`]
}
