import { readFileSync } from 'node:fs'
import type { Program } from '../processes/program.js'
import { lastRun } from './evidence.js'
import { query } from './query.js'
import type { System } from './system.js'

const LINES_TOLD = 8
const LINE_LENGTH = 300
/** Whatever does not answer by then is part of the answer. */
const LOOK_LIMIT_MS = 12_000

const SESSIONS = `
select pid, application_name, backend_type, state, wait_event_type, wait_event,
  round(extract(epoch from clock_timestamp() - query_start)::numeric, 1) as seconds, left(query, 80) as query
from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`

/** For a hang that has to explain itself: every process and its last words, every wire, the ledger, the sessions. */
export async function describeState(system: System): Promise<string> {
  const { postgres, syncer, simulator, wires, steps } = system
  const open = steps.open
  const programs = [syncer, system.lastApi, simulator].filter((it) => it !== undefined)
  const looks: [string, () => Promise<unknown>][] = [
    ['ledger, last run', () => lastRun(system)],
    ['sessions in Postgres', () => query(system.databaseUrl, SESSIONS)],
    ["the simulator's faults", async () => (await fetch(`${simulator.controlUrl}/faults`)).json()],
  ]
  const looked = await Promise.all(
    looks.map(async ([name, look]) => {
      const found = await steps.take(name, look, LOOK_LIMIT_MS).catch((error: unknown) => `not to be had: ${error}`)
      return `${name}: ${JSON.stringify(found, null, 1)}`
    }),
  )
  return [
    `still waited for: ${open.join(' › ') || 'nothing'}`,
    `struck in this run: ${system.struck.join(', ') || 'nothing'}`,
    ...programs.map(describeProgram),
    `Postgres, process ${postgres.pid}: ${processState(postgres.pid)}`,
    ...Object.entries(wires).map(([name, wire]) => `wire of the ${name}: ${JSON.stringify(wire.state)}`),
    ...looked,
  ].join('\n')
}

function describeProgram({ name, usage: { pid }, lastLines }: Program): string {
  const lines = lastLines.slice(-LINES_TOLD).map((line) => `\n    ${line.slice(0, LINE_LENGTH)}`)
  return `${name}, process ${pid}: ${processState(pid)}; last lines:${lines.join('') || ' none'}`
}

/** As the kernel calls it, such as `S (sleeping)`. */
function processState(pid: number | undefined): string {
  try {
    return /^State:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 'unknown'
  } catch {
    return 'gone'
  }
}
