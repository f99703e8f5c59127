import Table from 'cli-table3'
import { judge, type Line, type LineResult } from './aims.js'
import type { Spread } from './measurement.js'
import type { Result } from './result.js'
import type { Round } from './round.js'

/** One table of everything: medians, ratios with their range, aims, and whether they are met. */
export function tellResult(result: Result, rounds: readonly Round[]): string {
  const { members, changes, rounds: times } = result
  const table = tellLines(
    `${number(members)} members, ${number(changes)} change, ${times} times`,
    'median',
    judge(rounds),
  )
  const limits = result.are_limits_enforced
    ? 'API and syncer ran within their memory limits, enforced by the kernel.'
    : 'Memory limits could not be enforced here (it takes Linux, root and cgroups): the peaks show what was used.'
  return `${table}\n${limits}`
}

/** Line by line: the value, what it is held against, and whether its aim is met. */
export function tellLines(title: string, valueTitle: string, lines: readonly LineResult[]): string {
  const table = new Table({
    head: [title, valueTitle, 'floor, idle', 'ratio', 'aim', ''],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  })
  for (const it of lines) {
    table.push([
      it.line.name,
      inUnit(it.value, it.line),
      tellAgainst(it),
      tellRatio(it.ratio),
      tellAim(it.line),
      tellMet(it),
    ])
  }
  return table.toString()
}

const number = (value: number) => value.toLocaleString('en')

function inUnit(spread: Spread | undefined, { unit }: Line): string {
  if (spread === undefined) return 'unknown'
  if (unit === undefined) return number(spread.median)
  return `${spread.median.toFixed(unit === 'MiB' ? 0 : 2)} ${unit}`
}

const tellAgainst = ({ line, against }: LineResult) => (line.against === undefined ? '' : inUnit(against, line))

const tellRatio = (ratio: Spread | undefined) =>
  ratio === undefined ? '' : `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)})`

function tellAim({ aim, unit }: Line): string {
  if (aim === undefined) return ''
  return aim.of === 'ratio' ? `≤ ${+aim.atMost.toFixed(2)} ×` : `≤ ${number(aim.atMost)} ${unit ?? ''}`.trim()
}

function tellMet({ line, isMet }: LineResult): string {
  if (line.aim === undefined) return ''
  if (isMet === undefined) return 'unknown'
  return isMet ? 'met' : 'MISSED'
}
