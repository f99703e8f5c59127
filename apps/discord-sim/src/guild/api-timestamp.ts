const DAY_MS = 86_400_000

/** Dates by day since the Unix epoch. Bounded by the days between Discord's beginning and now. */
const dates = new Map<number, string>()

/**
 * Discord's spelling of an instant, to the second: six decimals and `+00:00`. Dates are remembered, because
 * `toISOString` took a fifth of the time of a page of members.
 *
 * @param timeMs - since the Unix epoch
 */
export function apiTimestamp(timeMs: number): string {
  const day = Math.floor(timeMs / DAY_MS)
  let date = dates.get(day)
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, 10)
    dates.set(day, date)
  }
  const seconds = Math.floor((timeMs - day * DAY_MS) / 1_000)
  return `${date}T${two(seconds / 3_600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.000000+00:00`
}

const two = (count: number) => (count < 10 ? `0${Math.trunc(count)}` : `${Math.trunc(count)}`)
