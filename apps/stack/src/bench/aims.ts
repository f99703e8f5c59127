import { MEMORY_LIMITS_MIB } from '../memory-limits.js'
import { type Spread, spreadOf } from './measurement.js'
import type { Round } from './round.js'

/** A line of the result: what of a round it shows, what that is held against, and what it is to be. */
export interface Line {
  readonly name: string
  readonly value: string
  readonly unit?: 's' | 'ms' | 'MiB'
  /** The floor of the same work, or the same thing on an idle system. */
  readonly against?: string
  readonly aim?: { readonly of: 'value' | 'ratio'; readonly atMost: number }
}

/**
 * The aims in seconds are for 100,000 members of whom 80,000 change. A bulk route that works as a framework's ordinary
 * serializers do, row by row, takes 83 times its floor, and a listing 6.5 times (measured): 25 times and twice as fast is the aim.
 */
export const LINES: readonly Line[] = [
  { name: 'first creation of all members', value: 'creation', unit: 's', against: 'floor_creation' },
  { name: 'role change, reconciled', value: 'change', unit: 's', against: 'floor_change', aim: ratio(3) },
  { name: '  CPU of the API', value: 'change_cpu_api', unit: 's' },
  { name: '  CPU of the syncer', value: 'change_cpu_syncer', unit: 's' },
  { name: '  CPU of Postgres', value: 'change_cpu_postgres', unit: 's' },
  { name: '  CPU of the simulator', value: 'change_cpu_simulator', unit: 's' },
  { name: 'role change, bulk route alone', value: 'bulk', unit: 's', against: 'floor_bulk', aim: ratio(83 / 25) },
  { name: 'reconcile with nothing to do', value: 'noop', unit: 's', against: 'floor_noop', aim: value(3) },
  { name: '  rows written', value: 'noop_rows_written', aim: value(0) },
  { name: 'deletion of a role', value: 'deletion', unit: 's', against: 'floor_deletion', aim: value(2) },
  { name: '  members who had it', value: 'deletion_members' },
  { name: '  rows in the largest transaction', value: 'deletion_largest_transaction', aim: value(10_000) },
  { name: 'listing of all members', value: 'listing', unit: 's', against: 'floor_listing', aim: ratio(6.5 / 2) },
  {
    name: 'one PATCH, p50',
    value: 'single_patch_p50',
    unit: 'ms',
    against: 'floor_single_patch_p50',
    aim: value(2),
  },
  { name: 'read beside a reconcile, p50', value: 'read_beside_p50', unit: 'ms', against: 'read_idle_p50' },
  {
    name: 'read beside a reconcile, p99',
    value: 'read_beside_p99',
    unit: 'ms',
    against: 'read_idle_p99',
    aim: value(100),
  },
  { name: 'peak of the API', value: 'api_peak_mib', unit: 'MiB', aim: value(MEMORY_LIMITS_MIB.api) },
  { name: 'peak of the syncer', value: 'syncer_peak_mib', unit: 'MiB', aim: value(MEMORY_LIMITS_MIB.syncer) },
  { name: 'processes killed at their limit', value: 'oom_kills', aim: value(0) },
  {
    name: 'large guild: peak of the API',
    value: 'large_api_peak_mib',
    unit: 'MiB',
    against: 'api_peak_mib',
    aim: ratio(1.15),
  },
  {
    name: 'large guild: peak of the syncer',
    value: 'large_syncer_peak_mib',
    unit: 'MiB',
    against: 'syncer_peak_mib',
    aim: ratio(1.15),
  },
]

export interface LineResult {
  readonly line: Line
  readonly value: Spread | undefined
  readonly against: Spread | undefined
  /** Round by round, then its median. */
  readonly ratio: Spread | undefined
  /** Undefined without an aim, or where the value is not known. */
  readonly isMet: boolean | undefined
}

/** Lines whose value no round has are left out; the medians decide. */
export function judge(rounds: readonly Round[], lines = LINES): LineResult[] {
  const spread = (pick: (round: Round) => number | undefined) => spreadOf(rounds.map(pick))
  return lines
    .filter(({ value }) => rounds.some((round) => value in round))
    .map((line) => {
      const { value: name, against: other, aim } = line
      const value = spread((round) => round[name])
      const against = other === undefined ? undefined : spread((round) => round[other])
      const ratio = other === undefined ? undefined : spread((round) => quotient(round[name], round[other]))
      const judged = aim?.of === 'ratio' ? ratio : value
      const isMet = aim && judged && judged.median <= aim.atMost
      return { line, value, against, ratio, isMet }
    })
}

const quotient = (a: number | undefined, b: number | undefined) => (a === undefined || !b ? undefined : a / b)

function ratio(atMost: number) {
  return { of: 'ratio', atMost } as const
}

function value(atMost: number) {
  return { of: 'value', atMost } as const
}
