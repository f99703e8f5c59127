import { askSimulator } from '../ask-simulator.js'
import type { Round } from '../bench/round.js'
import type { LiveStage } from './live-stage.js'
import { startStorm } from './storm.js'

/** Node's start, a claim, and a connection for each shard, on a busy machine. */
const LIMIT_SECONDS = 90

/** Every syncer is asked to end and started again, one after the other, while events go on. */
export async function measureRollingRestart(stage: LiveStage): Promise<Round> {
  const { options, journal, simulator } = stage
  const before = await journal.counts()
  // The same members again: the simulator remembers no more of them.
  await startStorm(stage, { seed: 1, seconds: options.processes * 2 * LIMIT_SECONDS })
  let longestSeconds = 0
  for (let ordinal = 0; ordinal < options.processes; ordinal++) {
    const startedMs = performance.now()
    await stage.stopFollower(ordinal)
    await stage.startFollower(ordinal)
    await stage.untilReady(LIMIT_SECONDS)
    longestSeconds = Math.max(longestSeconds, (performance.now() - startedMs) / 1_000)
  }
  await askSimulator('DELETE', `${simulator.controlUrl}/gateway/storms`)
  const resumes = await journal.resumes(before.resumes)
  const identifies = await journal.identifies(before.identifies)
  const resumed = resumes.filter(({ outcome }) => outcome === 'resumed').length
  return {
    restart_longest: longestSeconds,
    restart_resumed: resumed,
    restart_lost_percent: (100 * identifies.length) / options.shards,
    restart_drain: await stage.untilDrained(LIMIT_SECONDS),
  }
}
