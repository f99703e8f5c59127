import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { API_NEEDS, SYNCER_NEEDS, smallestMemoryBytes } from '@rollcall/container-limits'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Cell, cellsOf, QUICK_MATRIX, type Subject, tellCell, WHOLE_MATRIX } from './capacity/cells.js'
import { measureCell } from './capacity/measure-cell.js'
import { panelsOf } from './capacity/panels.js'
import { plot } from './capacity/plot.js'
import { type CellResult, isSameCell, Results } from './capacity/result.js'
import { Stage } from './capacity/stage.js'
import { tellCellResult, tellResults } from './capacity/tell.js'
import { findControllers } from './cgroup/find-controllers.js'
import { requireBuilt } from './entry-points.js'
import { Running } from './processes/running.js'
import { runCommand } from './run-command.js'

interface Options {
  readonly quick?: boolean
  readonly again?: boolean
  readonly only?: Subject
  readonly minutes?: number
  readonly apiMemory?: number[]
  readonly syncerMemory?: number[]
  readonly cpu?: number[]
  readonly members?: number[]
  readonly out: string
  readonly api?: string
}

const options = new Command('capacity')
  .description(
    'Measures a reconcile with the API or the syncer under the limits of a container, for many sizes of it (Linux, as root). ' +
      'Every result is kept at once: a run that is stopped goes on where it was. 25 to 40 minutes in all; do nothing else on the machine.',
  )
  .option('--quick', 'few sizes and the small guild only: under 4 minutes')
  .addOption(new Option('--only <process>', 'limit one of them alone').choices(['api', 'syncer']))
  .option('--api-memory <list>', 'in MiB, such as 128,192', toList(1, 65_536))
  .option('--syncer-memory <list>', 'in MiB', toList(1, 65_536))
  .option('--cpu <list>', 'in cores, such as 0.25,1', toList(0.05, 64))
  .option('--members <list>', 'of the guild, such as 80000,800000', toList(100, 1_000_000))
  .option(
    '--minutes <number>',
    'begin no cell after so many; the next run goes on',
    (text) => toList(0, 1_000)(text)[0],
  )
  .option('--again', 'measure what was measured already, too')
  .option('--out <folder>', 'where capacity.md, .svg and .json are written', 'docs')
  .option('--api <file>', 'another build of the API')
  .parse()
  .opts<Options>()

const TITLE = 'Capacity: changes a second by CPU, and peak of memory by limit'

const startedMs = performance.now()

/** `npm run capacity -- --help` */
async function capacity(running: Running): Promise<number> {
  requireBuilt()
  // Before anything is started: it says what is missing.
  await findControllers()
  const results = await resultsSoFar()
  const wanted = chosenCells().filter((cell) => !results.cells.some((it) => isSameCell(it, cell)))
  say(`${wanted.length} cells to measure, ${results.cells.length} measured already.`)
  for (const members of new Set(wanted.map((it) => it.members))) {
    if (isOverTime()) break
    const own = await running.add(new Running())
    await measureGuild(
      own,
      wanted.filter((it) => it.members === members),
      results,
    )
    await own.stop()
  }
  await write(results)
  const left = wanted.filter((cell) => !results.cells.some((it) => isSameCell(it, cell))).length
  say(
    `${left === 0 ? 'All measured' : `${left} cells are left: run it again`}. See ${join(options.out, 'capacity.md')}.`,
  )
  return 0
}

async function measureGuild(running: Running, cells: readonly Cell[], results: Results): Promise<void> {
  say(`Filling a mirror with ${cells[0]?.members.toLocaleString('en')} members …`)
  const stage = await Stage.set(running, cells[0]?.members ?? 0, options.api)
  let isCaughtUp = false
  for (const cell of cells) {
    if (isOverTime()) return
    if (!isCaughtUp) await stage.catchUp(running)
    const result = await measureCell(running, stage, cell)
    say(`${tellCell(cell)}: ${tellCellResult(result)}`)
    await keep(results, result)
    isCaughtUp = result.outcome === 'done'
  }
}

function chosenCells(): Cell[] {
  const preset = options.quick ? QUICK_MATRIX : WHOLE_MATRIX
  const matrix = {
    apiMemoryMiB: options.apiMemory ?? preset.apiMemoryMiB,
    syncerMemoryMiB: options.syncerMemory ?? preset.syncerMemoryMiB,
    cpus: options.cpu ?? preset.cpus,
    members: options.members ?? preset.members,
  }
  const leastMiB = {
    api: smallestMemoryBytes(API_NEEDS) / 2 ** 20,
    syncer: smallestMemoryBytes(SYNCER_NEEDS) / 2 ** 20,
  }
  return cellsOf(matrix, leastMiB).filter(({ subject }) => subject === (options.only ?? subject))
}

const isOverTime = () => options.minutes !== undefined && performance.now() - startedMs > options.minutes * 60_000

const resultsFile = join(options.out, 'capacity.json')

/** Those of the last run, unless they are to be measured again. */
async function resultsSoFar(): Promise<Results> {
  const machine = {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    measured: new Date().toISOString().slice(0, 10),
  }
  const text = options.again ? undefined : await readFile(resultsFile, 'utf8').catch(() => undefined)
  return { cells: text === undefined ? [] : Results.parse(JSON.parse(text)).cells, machine }
}

async function keep(results: Results, result: CellResult): Promise<void> {
  results.cells.push(result)
  await write(results)
}

async function write(results: Results): Promise<void> {
  await mkdir(dirname(resultsFile), { recursive: true })
  await writeFile(resultsFile, `${JSON.stringify(results, null, 2)}\n`)
  await writeFile(join(options.out, 'capacity.md'), tellResults(results))
  await writeFile(join(options.out, 'capacity.svg'), plot(TITLE, panelsOf(results.cells)))
}

function toList(least: number, most: number) {
  return (text: string): number[] => {
    const numbers = text.split(',').map(Number)
    if (numbers.every((it) => it >= least && it <= most)) return numbers
    throw new InvalidArgumentError(`Expected numbers from ${least} to ${most}, separated by commas.`)
  }
}

const say = (text: string) => void process.stdout.write(`${text}\n`)

await runCommand(capacity, { interruptedCode: 130 })
