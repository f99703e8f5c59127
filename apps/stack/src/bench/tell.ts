import Table from 'cli-table3'
import { tellMiB } from '../demo/tell.js'
import type { Spread } from './measurement.js'
import type { Result } from './result.js'

/** The times as one table, and the peaks of memory as another. */
export function tellResult({ members, repetitions, floor, reconcile, wall_ratio, peak_mib }: Result): string {
  const times = new Table({
    head: [`${members.toLocaleString('en')} role changes, ${repetitions} times`, 'median', 'min', 'max'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  const line = (name: string, spread: Spread | undefined) =>
    times.push([name, ...[spread?.median, spread?.min, spread?.max].map((it) => it?.toFixed(2) ?? 'unknown')])
  line('floor, s', floor.wall_seconds)
  for (const [name, spread] of Object.entries(floor.cpu_seconds)) line(`  CPU of ${name}, s`, spread)
  line('reconcile, from start to exit, s', reconcile.wall_seconds)
  line('reconcile, the run in the ledger, s', reconcile.run_seconds)
  for (const [name, spread] of Object.entries(reconcile.cpu_seconds)) line(`  CPU of ${name}, s`, spread)
  line('reconcile ÷ floor', wall_ratio)

  const memory = new Table({
    head: ['Peak of memory', 'API MiB', 'syncer MiB'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const it of peak_mib)
    memory.push([`${it.members.toLocaleString('en')} members`, tellMiB(it.api), tellMiB(it.syncer)])
  const [small, large] = peak_mib
  if (small && large) memory.push(['ratio', tellRatio(large.api, small.api), tellRatio(large.syncer, small.syncer)])
  return `${times.toString()}\n${memory.toString()}`
}

const tellRatio = (large: number | undefined, small: number | undefined) =>
  large === undefined || small === undefined ? 'unknown' : (large / small).toFixed(2)
