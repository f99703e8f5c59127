import { Registry } from 'prom-client'
import { EXIT_CODES } from '../exit-codes.js'
import { followLive } from '../live/live.js'
import { readLiveConfig } from '../live/live-config.js'
import { configAtHand, prepare } from '../prepare.js'

/** Follows the guilds until it is told to stop. @returns the exit code */
export async function live(): Promise<number> {
  const config = configAtHand(readLiveConfig)
  if (config === undefined) return EXIT_CODES.usage
  const surroundings = await prepare(config)
  if (typeof surroundings === 'number') return surroundings
  // Without a port for operators it counts for nobody.
  const { registry = new Registry() } = surroundings
  await followLive({ ...surroundings, registry, config })
  return EXIT_CODES.done
}
