import type { SyncRun } from '@rollcall/contract'
import Table from 'cli-table3'
import { MEMORY_LIMITS_MIB } from '../memory-limits.js'
import type { Performance } from './perform.js'

const number = new Intl.NumberFormat('en')

/** The outcome of all chapters as a table. */
export function tellPerformances(performances: readonly Performance[]): string {
  const table = new Table({
    head: [
      'What happened',
      'What the reconcile changed',
      'Run',
      's',
      'members/s',
      'API MiB',
      'syncer MiB',
      'mirror = guild',
    ],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [] },
  })
  for (const { chapter, run, seconds, apiPeakMiB, syncerPeakMiB, mirror } of performances) {
    table.push([
      chapter.title,
      tellChanges(run),
      run.state,
      seconds.toFixed(1),
      number.format(Math.round(run.members_read / seconds)),
      tellMiB(apiPeakMiB),
      tellMiB(syncerPeakMiB),
      mirror.differences === 0
        ? `yes, all ${number.format(mirror.members)} and ${mirror.roles} roles`
        : `NO: ${number.format(mirror.differences)} differences`,
    ])
  }
  return table.toString()
}

function tellChanges(run: SyncRun): string {
  const counts: [number, string][] = [
    [run.roles_written, 'roles written'],
    [run.roles_deleted, run.roles_deleted === 1 ? 'role deleted' : 'roles deleted'],
    [run.created, 'created'],
    [run.patched, 'patched'],
    [run.departed, 'departed'],
    [run.failed, 'FAILED'],
    [run.remaining, 'held back'],
  ]
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${number.format(count)} ${what}`)
  return told.length > 0 ? told.join(', ') : 'nothing'
}

/** The last words: whether it all held. */
export function tellVerdict(performances: readonly Performance[]): string {
  const faults = performances.flatMap(({ chapter, faults }) => faults.map((fault) => `  ${chapter.title}: ${fault}`))
  if (faults.length > 0) return `NOT AS IT MUST BE:\n${faults.join('\n')}`
  const isMeasured = performances.every((it) => it.apiPeakMiB !== undefined && it.syncerPeakMiB !== undefined)
  const { api, syncer } = MEMORY_LIMITS_MIB
  const memory = isMeasured
    ? `The API stayed within ${api} MiB and the syncer within ${syncer} MiB.`
    : 'How much memory was used is not known on this system.'
  return `All as it must be: the mirror equalled the guild after every step, row by row. ${memory}`
}

export const tellMiB = (mebibytes: number | undefined) => mebibytes?.toFixed(0) ?? 'unknown'
