import { measure } from './measurement.js'

/** How long it took, by the clock. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  return (await measure({}, work)).measurement.wallSeconds
}
