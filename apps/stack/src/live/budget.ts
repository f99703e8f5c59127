import type { Running } from '../processes/running.js'
import { judgeMirrors } from './judge.js'
import { LiveSystem } from './live-system.js'
import { untilQuiet } from './quiet.js'
import { areAtHome, type ShardRow, ShardWatch } from './shard-watch.js'
import type { Open, Story, StoryOptions } from './story.js'

const PROCESSES = 3
const SHARDS = 6
/** Enough for every shard, and for half of them once more. */
const BUDGET = 9
/** Instead of a day. */
const WINDOW_MS = 90_000
const START_LIMIT_MS = 60_000
const WAITING = "the day's identifies are used up"

/**
 * Several syncers share what is left of a day's identifies: all sessions end, there are not enough for all shards, and syncers
 * are killed and restarted meanwhile. Whoever gets none waits and says so; nobody takes one too many.
 */
export async function budgetScenario(running: Running, options: StoryOptions, open: Open): Promise<Story> {
  const env = {
    LEASE_SECONDS: '5',
    MAX_SHARDS: `${SHARDS}`,
    SHARDS_PER_PROCESS: `${SHARDS / PROCESSES}`,
    RECONCILE_CONCURRENCY: '2',
  }
  const gateway = { session_starts: BUDGET, session_start_window_ms: WINDOW_MS }
  const system = await LiveSystem.start(running, { ...options, shards: SHARDS, env, gateway })
  open(system)
  const watch = new ShardWatch(system)
  const startedAtMs = performance.now()
  for (let ordinal = 0; ordinal < PROCESSES; ordinal++) await system.startSyncer(ordinal)
  await watch.until('every shard is where it belongs', START_LIMIT_MS, areAtHome(SHARDS, SHARDS / PROCESSES))

  const left = BUDGET - SHARDS
  await system.gateway.strike({ fault: 'invalid_session', resumable: false })
  const isUsedUp = (all: readonly ShardRow[]) =>
    count(all, 'ready') === left && all.filter(isTold).length === SHARDS - left
  await watch.until('the others wait and say so', START_LIMIT_MS, isUsedUp)
  const usedUpMs = performance.now() - startedAtMs
  for (const ordinal of [0, 1, 2]) {
    await system.killSyncer(ordinal)
    await system.startSyncer(ordinal)
  }
  const waited = await system.gateway.identifies()
  await watch.until('the next window', WINDOW_MS * 3, (all) => count(all, 'ready') === SHARDS)
  await untilQuiet(system, { isMending: true })

  const identifies = await system.gateway.identifies()
  const violations = await judgeMirrors(system).then((all) => all.filter((it) => !it.endsWith('no lag')))
  if (await system.gateway.isTokenRevoked()) violations.push('the budget was overspent: Discord took the token away')
  const most = mostInAWindow(identifies.map((it) => it.at_ms))
  if (most > BUDGET) violations.push(`${most} identifies in a window that has ${BUDGET}`)
  const hasty = identifies.filter(({ outcome }) => outcome !== 'ready').length
  if (hasty > 0) violations.push(`${hasty} identifies were refused: too fast, or too many`)
  if (system.sayings.count(WAITING) === 0) violations.push('a shard waited for the budget, and no log says so')
  const notes = [
    `${PROCESSES} processes, ${SHARDS} shards, ${BUDGET} identifies in ${WINDOW_MS / 1_000} s: used up after ${(usedUpMs / 1_000).toFixed(1)} s`,
    `${waited.length} identifies by then, ${identifies.length} in the end, at most ${most} in a window; none refused`,
    `said ${system.sayings.count(WAITING)} times: ${WAITING}`,
  ]
  return { notes, violations }
}

const count = (all: readonly ShardRow[], state: string) => all.filter((it) => it.state === state).length

const isTold = ({ state, detail }: ShardRow) =>
  state === 'waiting' && detail?.includes('identifies are used up') === true

/** As Discord counts: a window begins with the first identify after the last window. */
function mostInAWindow(instants: readonly number[]): number {
  let [startMs, inside, most] = [Number.NEGATIVE_INFINITY, 0, 0]
  for (const atMs of instants) {
    if (atMs >= startMs + WINDOW_MS) [startMs, inside] = [atMs, 0]
    inside += 1
    most = Math.max(most, inside)
  }
  return most
}
