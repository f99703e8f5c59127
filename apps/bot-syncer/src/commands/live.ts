import { getHeapStatistics } from 'node:v8'
import { deriveQueue } from '@rollcall/container-limits'
import { Registry } from 'prom-client'
import { EXIT_CODES } from '../exit-codes.js'
import { followLive } from '../live/live.js'
import { readLiveConfig } from '../live/live-config.js'
import { configAtHand, prepare } from '../prepare.js'

/** Follows the guilds until it is told to stop. @returns the exit code */
export async function live(): Promise<number> {
  const derived = deriveQueue(getHeapStatistics().heap_size_limit)
  const config = configAtHand((environment) => readLiveConfig(environment, process.pid, derived))
  if (config === undefined) return EXIT_CODES.usage
  const surroundings = await prepare(config)
  if (typeof surroundings === 'number') return surroundings
  // Without a port for operators it counts for nobody.
  const { log, registry = new Registry() } = surroundings
  log.info(config.queue, 'limits of the queue')
  if (config.queue.maxBytes > derived.maxBytes || config.queue.maxEvents > derived.maxEvents) {
    log.warn(derived, 'MAX_QUEUED_EVENTS or MAX_QUEUED_BYTES is more than this heap can be sure to hold')
  }
  await followLive({ ...surroundings, registry, config })
  return EXIT_CODES.done
}
