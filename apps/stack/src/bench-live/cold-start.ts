import { measure } from '../bench/measurement.js'
import type { Round } from '../bench/round.js'
import { query } from '../rig/query.js'
import { shortestPauseMs } from './gateway-journal.js'
import { droppedEvents, type LiveStage } from './live-stage.js'
import { pacedSeconds } from './options.js'

/** How much longer than the protocol's own pauses it may take before it is given up. */
const PATIENCE = 3
const PATIENCE_SECONDS = 60

/** From the start of the syncers, without any session, until events of every shard flow and every guild is stored. */
export async function measureColdStart(stage: LiveStage): Promise<Round> {
  const { options, journal, meters, postgres } = stage
  const paced = pacedSeconds(options)
  const limit = paced * PATIENCE + PATIENCE_SECONDS
  let readySeconds = 0
  let storedSeconds = 0
  const { measurement } = await measure(meters, async () => {
    for (let ordinal = 0; ordinal < options.processes; ordinal++) await stage.startFollower(ordinal)
    readySeconds = await stage.untilReady(limit)
    // With the one guild that is no stub.
    storedSeconds = await stage.until('every guild is stored', limit, async () => {
      const [row] = await query<{ guilds: number }>(postgres.url, 'select count(*)::int as guilds from guild')
      return row?.guilds === options.guilds + 1
    })
  })
  await stage.untilDrained(limit)
  const identifies = await journal.identifies()
  const pauseMs = shortestPauseMs(identifies)
  const { api, syncers, postgres: database, simulator } = measurement.cpuSeconds
  return {
    cold_ready: readySeconds,
    cold_stored: readySeconds + storedSeconds,
    cold_paced: paced,
    cold_identifies: identifies.length,
    cold_identifies_refused: identifies.filter(({ outcome }) => outcome !== 'ready').length,
    ...(pauseMs === undefined ? {} : { cold_shortest_pause: pauseMs / 1_000 }),
    cold_dropped: droppedEvents(await stage.metrics()),
    cold_cpu_api: api,
    cold_cpu_syncers: syncers,
    cold_cpu_postgres: database,
    cold_cpu_simulator: simulator,
  }
}
