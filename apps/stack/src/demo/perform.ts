import type { SyncRun, SyncRunCounts } from '@rollcall/contract'
import { latestRun } from '../ledger.js'
import { MEMORY_LIMITS_MIB } from '../memory-limits.js'
import { type Comparison, compareMirror } from '../mirror/compare-mirror.js'
import { describeEnding, type Ending, type Program } from '../processes/program.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import type { Scene } from './scene.js'
import type { Chapter } from './story.js'

export interface Performance {
  readonly chapter: Chapter
  readonly run: SyncRun
  readonly seconds: number
  readonly mirror: Comparison
  readonly apiPeakMiB: number | undefined
  readonly syncerPeakMiB: number | undefined
  /** What was not as it must be, in sentences. */
  readonly faults: readonly string[]
}

/** Lets one chapter happen, reconciles, and holds the outcome against the guild and against what was expected. */
export async function perform(chapter: Chapter, scene: Scene): Promise<Performance> {
  const { guild, simulator, api, token, postgres } = scene
  const { controlUrl, guildId } = simulator
  const { members } = await guild.state()
  const expected = await chapter.happen(guild, members)
  const startedMs = performance.now()
  const syncer = scene.reconcile()
  const ending = await syncer.ended
  const seconds = (performance.now() - startedMs) / 1_000
  await chapter.after?.(guild)
  const run = await latestRun({ url: api.url, token }, guildId)
  const mirror = await compareMirror({ databaseUrl: postgres.url, controlUrl, guildId })
  const [apiPeakMiB, syncerPeakMiB] = [api.usage.peakMiB, syncer.usage.peakMiB]
  const faults = [
    ...endingFaults(chapter, run, syncer, ending),
    ...countFaults(expected, run),
    ...mirror.told,
    ...(mirror.differences > mirror.told.length ? [`${mirror.differences} differences in all`] : []),
    ...memoryFaults('The API', apiPeakMiB, MEMORY_LIMITS_MIB.api),
    ...memoryFaults('The syncer', syncerPeakMiB, MEMORY_LIMITS_MIB.syncer),
  ]
  return { chapter, run, seconds, mirror, apiPeakMiB, syncerPeakMiB, faults }
}

function endingFaults({ state = 'done' }: Chapter, run: SyncRun, syncer: Program, ending: Ending): string[] {
  const wrong = []
  if (run.state !== state)
    wrong.push(`The run is ${run.state} instead of ${state} (${run.error ?? 'without a reason'})`)
  if (ending.code !== exitCodeOf(state)) wrong.push(describeEnding(syncer, ending))
  return wrong
}

const exitCodeOf = (state: SyncRun['state']) => (state === 'running' ? undefined : SYNCER_EXIT[state])

function countFaults(expected: Partial<SyncRunCounts>, run: SyncRun): string[] {
  return (Object.keys(expected) as (keyof SyncRunCounts)[])
    .filter((name) => run[name] !== expected[name])
    .map((name) => `${name} is ${run[name]} instead of ${expected[name]}`)
}

function memoryFaults(name: string, peakMiB: number | undefined, limitMiB: number): string[] {
  return peakMiB !== undefined && peakMiB > limitMiB ? [`${name} used ${peakMiB.toFixed(0)} MiB of ${limitMiB}`] : []
}
