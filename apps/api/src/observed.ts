import { MAX_OBSERVED_AHEAD_SECONDS, type Stamp } from '@rollcall/contract'
import { ValidationError } from './errors.js'

/**
 * Refuses stamps from the future: one wrong clock would otherwise make its observations win until that time comes.
 *
 * @param now - milliseconds since 1970
 */
export function requirePast(
  now: number,
  stamps: Iterable<Stamp | undefined>,
  pathOf = (_index: number) => 'observed_at',
): void {
  const latest = new Date(now + MAX_OBSERVED_AHEAD_SECONDS * 1_000).toISOString()
  const faults: { path: string; message: string }[] = []
  let index = 0
  for (const stamp of stamps) {
    // Both are ISO 8601 in UTC: they compare as text, to the second at least.
    if (stamp !== undefined && stamp.slice(0, 19) > latest.slice(0, 19)) {
      const message = `Expected an instant at most ${MAX_OBSERVED_AHEAD_SECONDS} seconds ahead of the server's clock`
      faults.push({ path: pathOf(index), message })
    }
    index++
  }
  if (faults.length > 0) throw new ValidationError(faults)
}
