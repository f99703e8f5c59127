import { describeProgram, processState } from '../rig/describe-program.js'
import { query, SESSIONS } from '../rig/query.js'
import { lastRun } from './evidence.js'
import type { System } from './system.js'

/** Whatever does not answer by then is part of the answer. */
const LOOK_LIMIT_MS = 12_000

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
