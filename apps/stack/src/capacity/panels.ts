import { NAMES, type Subject, tellCpus } from './cells.js'
import type { Panel, Series } from './plot.js'
import type { CellResult } from './result.js'

/** For each process: how fast it is by CPU, and what it takes of the memory it has. */
export function panelsOf(cells: readonly CellResult[]): Panel[] {
  return (['api', 'syncer'] as const)
    .map((subject) => cells.filter((it) => it.subject === subject && it.outcome !== 'refused'))
    .flatMap((own) => (own[0] === undefined ? [] : [speedPanel(own[0].subject, own), memoryPanel(own[0].subject, own)]))
}

/** What was killed or failed counts as 0. */
function speedPanel(subject: Subject, cells: readonly CellResult[]): Panel {
  const sizes = distinct(cells.map((it) => it.memoryMiB))
  const series = distinct(cells.map((it) => it.members)).flatMap((members) =>
    sizes.map((memoryMiB, tone): Series => {
      const own = cells.filter((it) => it.members === members && it.memoryMiB === memoryMiB)
      const points = own.map(({ cpus, changesPerSecond }) => ({ x: cpus, y: changesPerSecond ?? 0 }))
      return { name: `${memoryMiB}Mi, ${inThousands(members)}`, tone, isDashed: members > smallestOf(cells), points }
    }),
  )
  return {
    title: `${NAMES[subject]}: role changes a second`,
    xLabel: `CPU limit of the ${NAMES[subject]}`,
    yLabel: 'changes/s',
    ticks: distinct(cells.map((it) => it.cpus)).map((x) => ({ x, name: tellCpus(x) })),
    series: series.filter(({ points }) => points.length > 0),
  }
}

/** The most of all cells with this memory. */
function memoryPanel(subject: Subject, cells: readonly CellResult[]): Panel {
  const sizes = distinct(cells.map((it) => it.memoryMiB))
  const peakOf = (it: CellResult) => (subject === 'api' ? it.apiPeakMiB : it.syncerPeakMiB) ?? 0
  const peaks = distinct(cells.map((it) => it.members)).map((members, index): Series => {
    const points = sizes.flatMap((x) => {
      const own = cells.filter((it) => it.memoryMiB === x && it.members === members)
      return own.length === 0 ? [] : [{ x, y: Math.max(...own.map(peakOf)) }]
    })
    return { name: `${inThousands(members)} members`, tone: index, isDashed: members > smallestOf(cells), points }
  })
  return {
    title: `${NAMES[subject]}: peak of resident memory`,
    xLabel: `memory limit of the ${NAMES[subject]}`,
    yLabel: 'MiB',
    ticks: sizes.map((x) => ({ x, name: `${x}Mi` })),
    series: [{ name: 'the limit', tone: 3, points: sizes.map((x) => ({ x, y: x })) }, ...peaks],
  }
}

const distinct = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b)
const smallestOf = (cells: readonly CellResult[]) => Math.min(...cells.map((it) => it.members))
const inThousands = (members: number) => (members >= 1_000 ? `${Math.round(members / 1_000)}k` : `${members}`)
