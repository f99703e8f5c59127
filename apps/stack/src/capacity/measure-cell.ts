import { setTimeout as delay } from 'node:timers/promises'
import { heapFlags } from '@rollcall/container-limits'
import { type Cgroup, createCgroup } from '../cgroup/cgroup.js'
import type { CgroupUsage } from '../cgroup/controllers.js'
import type { Api } from '../processes/api.js'
import type { Ending, Program } from '../processes/program.js'
import { Running } from '../processes/running.js'
import { SYNCER_EXIT } from '../processes/syncer.js'
import type { Cell } from './cells.js'
import { lastWords } from './last-words.js'
import { newestRun } from './ledger-row.js'
import type { CellResult } from './result.js'
import type { Stage } from './stage.js'

const MIB = 1_048_576
/** Of its members, so many have a role more or less when a cell begins. */
const CHANGED_SHARE = 0.8
/** Longer than the slowest cell at a tenth of a core should take. */
const LEAST_PACE_PER_SECOND = 500
const LEAST_PATIENCE_MS = 60_000

/**
 * One reconcile of a guild of which 80 % have other roles than the mirror has, with one of the two processes under limits.
 *
 * @param stage - whose mirror equals its guild
 */
export async function measureCell(running: Running, stage: Stage, cell: Cell): Promise<CellResult> {
  const own = await running.add(new Running())
  try {
    const changes = await stage.guild.toggleRole(CHANGED_SHARE)
    const cgroup = await own.add(createCgroup({ memoryBytes: cell.memoryMiB * MIB, cpus: cell.cpus }))
    return await runConfined(own, stage, cell, { cgroup, changes })
  } finally {
    await own.stop()
  }
}

async function runConfined(
  own: Running,
  stage: Stage,
  cell: Cell,
  { cgroup, changes }: { cgroup: Cgroup; changes: number },
): Promise<CellResult> {
  const nodeFlags = heapFlags(Math.floor(cell.memoryMiB / 2))
  const confined = { nodeFlags, cgroup: await stage.nodes[cell.subject].in(cgroup) }
  const { apiEntryPoint: entryPoint } = stage
  const api = await stage
    .startApi(own, { entryPoint, ...(cell.subject === 'api' ? confined : {}) })
    .catch((error: Error) => error)
  if (api instanceof Error)
    return resultOf(cell, { changes, usage: cgroup.usage(), told: api.message.split('\n').at(-1)?.trim() ?? '' })
  // The start is not part of it.
  const before = cgroup.usage()
  const startedMs = performance.now()
  const syncer = await stage.startSyncer(own, api, cell.subject === 'syncer' ? confined : {})
  const { ending, culprit } = await endOf(
    syncer,
    api,
    Math.max(LEAST_PATIENCE_MS, (changes / LEAST_PACE_PER_SECOND) * 1_000),
  )
  const wallSeconds = (performance.now() - startedMs) / 1_000
  const usage = since(before, cgroup.usage())
  const run = await newestRun(stage.ground.postgres.url)
  const isDone = ending.code === SYNCER_EXIT.done && run?.state === 'done' && run.patched === changes
  return resultOf(cell, {
    changes,
    usage,
    api,
    syncer,
    ending,
    wallSeconds,
    runSeconds: isDone ? run.seconds : null,
    told: isDone ? null : culprit,
  })
}

/** When the API dies before the syncer, or patience ends, the syncer is stopped. */
async function endOf(syncer: Program, api: Api, patienceMs: number): Promise<{ ending: Ending; culprit: string }> {
  const patience = new AbortController()
  const overdue = delay(patienceMs, undefined, { signal: patience.signal }).then(
    () => `It was not done after ${patienceMs / 1_000} s`,
    () => '',
  )
  const endOfProgram = (program: Program) => program.ended.then((ending) => lastWords(program, ending))
  const culprit = await Promise.race([endOfProgram(syncer), endOfProgram(api), overdue])
  patience.abort()
  return { ending: await syncer.stop(), culprit }
}

interface Seen {
  readonly changes: number
  readonly usage: CgroupUsage
  readonly told: string | null
  readonly api?: Api
  readonly syncer?: Program
  readonly ending?: Ending
  readonly wallSeconds?: number
  /** Of a run that made every change. */
  readonly runSeconds?: number | null
}

function resultOf(
  cell: Cell,
  { changes, usage, told, api, syncer, ending, wallSeconds, runSeconds }: Seen,
): CellResult {
  const isRefused = ending === undefined || (cell.subject === 'syncer' && /needs \d+ MiB/.test(told ?? ''))
  return {
    ...cell,
    outcome: told === null ? 'done' : usage.oomKills > 0 ? 'killed' : isRefused ? 'refused' : 'failed',
    told,
    changes,
    changesPerSecond: runSeconds ? Math.round(changes / runSeconds) : null,
    wallSeconds: told === null ? rounded(wallSeconds, 1) : null,
    apiPeakMiB: rounded(api?.usage.peakMiB),
    syncerPeakMiB: rounded(syncer?.usage.peakMiB),
    chargedPeakMiB: rounded(usage.peakBytes === undefined ? undefined : usage.peakBytes / MIB),
    throttledShare: usage.periods > 0 ? rounded(usage.throttledPeriods / usage.periods, 2) : null,
    throttledSeconds: rounded(usage.throttledSeconds, 1),
    oomKills: usage.oomKills,
    syncerExit: ending?.code ?? null,
  }
}

const since = (before: CgroupUsage, now: CgroupUsage): CgroupUsage => ({
  ...now,
  periods: now.periods - before.periods,
  throttledPeriods: now.throttledPeriods - before.throttledPeriods,
  throttledSeconds: now.throttledSeconds - before.throttledSeconds,
})

function rounded(value: number | undefined, digits = 0): number | null {
  return value === undefined ? null : Number(value.toFixed(digits))
}
