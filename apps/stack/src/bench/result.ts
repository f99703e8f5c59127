import { availableParallelism, cpus } from 'node:os'
import { judge } from './aims.js'
import { type Spread, spreadOf } from './measurement.js'
import type { Round } from './round.js'

/** What the benchmark found; written as JSON with `--out`. */
export interface Result {
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string }
  readonly members: number
  readonly changes: number
  readonly rounds: number
  /** Whether the kernel held API and syncer to their memory. */
  readonly are_limits_enforced: boolean
  readonly measured: Readonly<Record<string, Spread | undefined>>
  readonly ratios: Readonly<Record<string, Spread | undefined>>
  readonly aims: readonly { readonly name: string; readonly at_most: number; readonly is_met: boolean | null }[]
}

export function resultOf(rounds: readonly Round[]): Result {
  const [first = {}] = rounds
  const lines = judge(rounds)
  return {
    machine: { cores: availableParallelism(), cpu: cpus()[0]?.model ?? 'unknown', node: process.version },
    members: first.members ?? 0,
    changes: first.changes ?? 0,
    rounds: rounds.length,
    are_limits_enforced: rounds.every((round) => round.oom_kills !== undefined),
    measured: Object.fromEntries(
      Object.keys(first).map((name) => [name, spreadOf(rounds.map((round) => round[name]))]),
    ),
    ratios: Object.fromEntries(lines.filter((it) => it.ratio).map(({ line, ratio }) => [line.value, ratio])),
    aims: lines.flatMap(({ line, isMet }) =>
      line.aim ? [{ name: line.value, at_most: line.aim.atMost, is_met: isMet ?? null }] : [],
    ),
  }
}
