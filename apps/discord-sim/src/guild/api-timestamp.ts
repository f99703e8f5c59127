const DAY_MS = 86_400_000

const two = (count: number) => `${Math.trunc(count)}`.padStart(2, '0')

/** `T12:34:` for every minute of a day, and the ending for every second of a minute. */
const MINUTES = Array.from({ length: 1_440 }, (_, minute) => `T${two(minute / 60)}:${two(minute % 60)}:`)
const SECONDS = Array.from({ length: 60 }, (_, second) => `${two(second)}.000000+00:00`)

/** Dates by day since the Unix epoch. Bounded by the days between Discord's beginning and now. */
const dates = new Map<number, string>()

/**
 * Discord's spelling of an instant, to the second: six decimals and `+00:00`. Its parts are remembered, because
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
  return `${date}${MINUTES[Math.floor(seconds / 60)]}${SECONDS[seconds % 60]}`
}
