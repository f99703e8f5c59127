import { availableParallelism, cpus } from 'node:os'
import { type Spread, spreadOf } from './measurement.js'
import type { Peaks } from './peaks.js'
import type { Repetition } from './role-change.js'

type Seconds = Spread | undefined

/** What the benchmark found; written as JSON with `--out`. */
export interface Result {
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string }
  readonly members: number
  readonly repetitions: number
  readonly floor: { readonly wall_seconds: Seconds; readonly cpu_seconds: Record<string, Seconds> }
  readonly reconcile: {
    readonly wall_seconds: Seconds
    readonly run_seconds: Seconds
    readonly cpu_seconds: Record<string, Seconds>
  }
  /** Reconcile over floor, repetition by repetition. */
  readonly wall_ratio: Seconds
  readonly peak_mib: {
    readonly members: number
    readonly api: number | undefined
    readonly syncer: number | undefined
  }[]
}

export function resultOf(
  members: number,
  repetitions: readonly Repetition[],
  peaks: readonly { members: number; peaks: Peaks }[],
): Result {
  const spread = (pick: (it: Repetition) => number | undefined) => spreadOf(repetitions.map(pick))
  const cpu = (side: 'floor' | 'reconcile') =>
    Object.fromEntries(
      Object.keys(repetitions[0]?.[side].cpuSeconds ?? {}).map((name) => [
        name,
        spread((it) => it[side].cpuSeconds[name]),
      ]),
    )
  return {
    machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', node: process.version },
    members,
    repetitions: repetitions.length,
    floor: { wall_seconds: spread((it) => it.floor.wallSeconds), cpu_seconds: cpu('floor') },
    reconcile: {
      wall_seconds: spread((it) => it.reconcile.wallSeconds),
      run_seconds: spread((it) => it.runSeconds),
      cpu_seconds: cpu('reconcile'),
    },
    wall_ratio: spread((it) => it.reconcile.wallSeconds / it.floor.wallSeconds),
    peak_mib: peaks.map(({ members, peaks }) => ({ members, ...peaks.mebibytes })),
  }
}
