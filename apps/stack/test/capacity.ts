import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cellsOf, QUICK_MATRIX, tellCell, WHOLE_MATRIX } from '../src/capacity/cells.js'
import { panelsOf } from '../src/capacity/panels.js'
import { axisValues, plot } from '../src/capacity/plot.js'
import { type CellResult, Results } from '../src/capacity/result.js'
import { tellResults } from '../src/capacity/tell.js'
import { findControllers } from '../src/cgroup/find-controllers.js'
import { startCommand } from './fixtures/command.js'
import { plantedBuild } from './fixtures/planted-build.js'

t.setTimeout(240_000)

const LEAST = { api: 124, syncer: 112 }

t.test('a small guild is measured at every size, a large one where it tells something new', async (t) => {
  const cells = cellsOf(WHOLE_MATRIX, LEAST)
  const told = cells.map(tellCell)
  t.equal(new Set(told).size, told.length)
  const of = (part: RegExp) => told.filter((it) => part.test(it))
  t.equal(of(/^API.* 80,000/).length, 4 * 3 + 1, 'and once, that too little is refused')
  t.strictSame(of(/^API, 112Mi/), ['API, 112Mi, 1, 80,000 members'])
  t.strictSame(of(/ 800,000/), [
    'API, 128Mi, 1, 800,000 members',
    'API, 160Mi, 1, 800,000 members',
    'API, 192Mi, 500m, 800,000 members',
    'API, 192Mi, 1, 800,000 members',
    'syncer, 112Mi, 1, 800,000 members',
    'syncer, 128Mi, 500m, 800,000 members',
    'syncer, 128Mi, 1, 800,000 members',
  ])
  t.ok(cellsOf(QUICK_MATRIX, LEAST).length <= 10)
})

const DONE: CellResult = {
  subject: 'api',
  memoryMiB: 192,
  cpus: 0.25,
  members: 80_000,
  outcome: 'done',
  told: null,
  changes: 64_000,
  changesPerSecond: 3_210,
  wallSeconds: 20.5,
  apiPeakMiB: 131,
  syncerPeakMiB: 104,
  chargedPeakMiB: 170,
  throttledShare: 0.625,
  throttledSeconds: 9.1,
  oomKills: 0,
  syncerExit: 0,
}
const KILLED: CellResult = {
  ...DONE,
  outcome: 'killed',
  told: 'ended | SIGKILL',
  changesPerSecond: null,
  oomKills: 1,
  cpus: 1,
}
const REFUSED: CellResult = {
  ...DONE,
  outcome: 'refused',
  told: 'Raise the limit.',
  changesPerSecond: null,
  memoryMiB: 112,
}

t.test('the page has a row for each cell, and says of those that were not done why', async (t) => {
  const machine = { cores: 2, cpu: 'AMD', node: 'v20.1.2', measured: '2026-11-21' }
  const page = tellResults({ machine, cells: [KILLED, REFUSED, DONE] })
  const rows = page.split('\n').filter((it) => /^\| +\d+Mi/.test(it))
  t.strictSame(
    rows.map((row) =>
      row
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim())
        .filter(Boolean),
    ),
    [
      ['112Mi', '250m', '80,000', '20.5', '0', '**refused**: Raise the limit.'],
      ['192Mi', '250m', '80,000', '3,210', '20.5', '131', '170', '63 %', '0', 'done'],
      ['192Mi', '1', '80,000', '20.5', '131', '170', '63 %', '1', '**killed**: ended \\| SIGKILL'],
    ],
  )
  t.equal(new Set(rows.map((row) => row.length)).size, 1, 'the columns are aligned')
  t.match(page, /## The syncer under limits\n\nNot measured/)
})

t.test(
  'the plot shows speed by CPU and memory by limit, what was killed at 0, what was refused not at all',
  async (t) => {
    const [speed, memory, ...others] = panelsOf([DONE, KILLED, REFUSED, { ...DONE, members: 800_000 }])
    t.strictSame(others, [])
    t.strictSame(
      speed?.series.map(({ name, points, isDashed }) => [name, points, isDashed]),
      [
        [
          '192Mi, 80k',
          [
            { x: 0.25, y: 3_210 },
            { x: 1, y: 0 },
          ],
          false,
        ],
        ['192Mi, 800k', [{ x: 0.25, y: 3_210 }], true],
      ],
    )
    t.strictSame(memory?.series[0]?.points, [{ x: 192, y: 192 }], 'the limit')
    const svg = plot(
      'Speed & memory',
      [speed, memory].filter((it) => it !== undefined),
    )
    t.equal(svg.match(/<circle/g)?.length, 3 + 3)
    t.match(svg, '<title>Speed &amp; memory</title>')
    t.notMatch(svg, /NaN|undefined|Infinity/)
  },
)

t.test('an axis ends at a round number that is not below the largest value', async (t) => {
  for (const [largest, values] of [
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [1_791, [0, 500, 1_000, 1_500, 2_000]],
    [256, [0, 100, 200, 300]],
    [12_000, [0, 5_000, 10_000, 15_000]],
  ] as const) {
    t.strictSame(
      axisValues(largest).map((it) => Number(it.toFixed(6))),
      values,
    )
  }
})

const skip = await findControllers().then(
  () => false as const,
  (error: Error) => error.message,
)

/** Runs the command with a guild of a few pages, and reads what it has written. */
async function measure(t: Test, args: string[]) {
  const out = await mkdtemp(join(tmpdir(), 'rollcall-capacity-'))
  t.teardown(() => rm(out, { recursive: true }))
  const run = async () => {
    const all = ['--members', '1500', '--cpu', '1', '--out', out, ...args]
    const { code, output } = await startCommand('capacity', {}, all).ended
    if (code !== 0) t.comment(output)
    return { code, output, results: Results.parse(JSON.parse(await readFile(join(out, 'capacity.json'), 'utf8'))) }
  }
  return { out, run }
}

t.test('both processes are measured under limits, each cell once, and too little is refused', { skip }, async (t) => {
  const { out, run } = await measure(t, ['--api-memory', '112,192', '--syncer-memory', '96,128'])
  const { code, results } = await run()
  t.equal(code, 0)
  const done = { outcome: 'done', changes: 1_200, oomKills: 0, syncerExit: 0 }
  t.match(results.cells, [
    { subject: 'api', memoryMiB: 112, outcome: 'refused', told: /needs 132 MiB/ },
    { subject: 'api', memoryMiB: 192, ...done },
    { subject: 'syncer', memoryMiB: 96, outcome: 'refused', told: /needs 112 MiB/ },
    { subject: 'syncer', memoryMiB: 128, ...done },
  ])
  for (const { memoryMiB, chargedPeakMiB, changesPerSecond } of results.cells.filter((it) => it.outcome === 'done')) {
    t.ok(chargedPeakMiB !== null && chargedPeakMiB > 80 && chargedPeakMiB <= memoryMiB, `${chargedPeakMiB} MiB`)
    t.ok((changesPerSecond ?? 0) > 0)
  }
  t.match(await readFile(join(out, 'capacity.md'), 'utf8'), '![Changes a second')
  t.match(await readFile(join(out, 'capacity.svg'), 'utf8'), '<svg ')
  const again = await run()
  t.match(again.output, /^0 cells to measure, 4 measured already/)
  t.strictSame(again.results.cells, results.cells)
})

t.test('an API that outgrows its limit is seen killed by the kernel', { skip }, async (t) => {
  const place = 'const isLate = isBulk && loopDelayMs() > maxLoopDelayMs;'
  const api = await plantedBuild(t, 'hungry', {
    app: 'api',
    replace: place,
    by: `${place} (globalThis.kept ??= []).push(Buffer.alloc(2 ** 29, 1));`,
  })
  const { run } = await measure(t, ['--only', 'api', '--api-memory', '160', '--api', api])
  const { code, results } = await run()
  t.equal(code, 0, 'a kill is a result')
  t.match(results.cells[0], {
    outcome: 'killed',
    oomKills: 1,
    changesPerSecond: null,
    told: /^The API ended with SIGKILL/,
  })
})
