import { LARGE_GUILD, NAMES, type Subject, tellCpus } from './cells.js'
import { markdownTable } from './markdown-table.js'
import type { CellResult, Results } from './result.js'

const COLUMNS = [
  { head: 'Memory' },
  { head: 'CPU' },
  { head: 'Guild' },
  { head: 'Changes/s' },
  { head: 'Time, s' },
  { head: 'Peak, MiB' },
  { head: 'Charged, MiB' },
  { head: 'Throttled' },
  { head: 'OOM kills' },
  { head: 'Outcome', isText: true },
]

/** The page of the figures. Its sentences hold whatever the figures are. */
export function tellResults({ machine, cells }: Results): string {
  const { cores, cpu, node, measured } = machine
  return `# Capacity

Written by \`npm run capacity\`; read [operations.md](operations.md#tune-the-limits) for what to make of it. Machine: ${cores} cores of ${cpu},
Node ${node.replace(/^v/, '')}, ${measured}.

A cell is one reconcile of a guild in which 80 % of the members have other roles than the mirror. One process is in a cgroup with the memory and
CPU limit of the row, without swap, with half of its memory as heap; the other process, Postgres and the simulated Discord have the machine.
The process runs a copy of Node that nobody else has in memory, so that its container pays for it, as it would alone on a node.

- **Changes/s**: role changes by the run's own time in the ledger. **Time** is that of the syncer's process, from start to exit.
- **Peak**: resident memory of the limited process. **Charged** is what the kernel counts, with the cache of files, which it takes back
  before it kills: to be near the limit there is normal.
- **Throttled**: share of the time slices of 100 ms in which the quota stopped it.
${tellWhatIsLacking(cells)}

![Changes a second by CPU, and peak of memory by limit](capacity.svg)

${(['api', 'syncer'] as const).map((subject) => section(subject, cells)).join('\n\n')}
`
}

function tellWhatIsLacking(cells: readonly CellResult[]): string {
  return cells.some(({ members }) => members >= LARGE_GUILD)
    ? '- A large guild takes minutes a cell and is measured in part: what is deployed at half a core and more, and less memory at the most CPU.'
    : '- A guild ten times as large is not measured here; memory does not grow with the guild ([measurements.md](measurements.md#memory)).'
}

function section(subject: Subject, cells: readonly CellResult[]): string {
  const own = cells.filter((it) => it.subject === subject)
  const rows = [...own].sort((a, b) => a.members - b.members || a.memoryMiB - b.memoryMiB || a.cpus - b.cpus)
  return `## The ${NAMES[subject]} under limits\n\n${rows.length === 0 ? 'Not measured.' : markdownTable(COLUMNS, rows.map(row))}`
}

function row(it: CellResult): string[] {
  const peakMiB = it.subject === 'api' ? it.apiPeakMiB : it.syncerPeakMiB
  return [
    `${it.memoryMiB}Mi`,
    tellCpus(it.cpus),
    it.members.toLocaleString('en'),
    tell(it.changesPerSecond),
    tell(it.wallSeconds),
    // A process that is refused has a peak, too, which says nothing.
    it.outcome === 'refused' ? '' : tell(peakMiB),
    it.outcome === 'refused' ? '' : tell(it.chargedPeakMiB),
    it.outcome === 'refused' || it.throttledShare === null ? '' : `${Math.round(it.throttledShare * 100)} %`,
    `${it.oomKills}`,
    it.outcome === 'done' ? 'done' : `**${it.outcome}**: ${it.told ?? ''}`.replaceAll('|', '\\|'),
  ]
}

const tell = (figure: number | null) => figure?.toLocaleString('en') ?? ''

/** One line of progress. */
export function tellCellResult(it: CellResult): string {
  if (it.outcome !== 'done') return `${it.outcome}: ${it.told ?? ''}`
  const peakMiB = it.subject === 'api' ? it.apiPeakMiB : it.syncerPeakMiB
  return `${tell(it.changesPerSecond)} changes/s in ${it.wallSeconds} s, peak ${peakMiB} MiB, throttled in ${row(it)[7]} of its time slices`
}
