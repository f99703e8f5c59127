import * as z from 'zod'

const FORM = /^\d{4}-(?:0[1-9]|1[0-2])-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?Z$/

/** Every month has so many days. */
const SHORTEST_MONTH = 28

/**
 * The instant at which a state was observed: ISO 8601 in UTC with at most six decimals, `2026-11-21T06:30:00.123456Z`.
 * Kept as text, because a JavaScript `Date` drops the microseconds. Newer beats older, always.
 */
export const Stamp = z
  .string()
  .refine(isStamp, 'Expected an instant such as 2026-11-21T06:30:00.123456Z')
  .meta({ format: 'date-time', examples: ['2026-11-21T06:30:00.123456Z'] })
export type Stamp = string

export function isStamp(value: string): boolean {
  if (!FORM.test(value)) return false
  const day = Number(value.slice(8, 10))
  return day >= 1 && (day <= SHORTEST_MONTH || isRealDate(value))
}

/** `Date.parse` rolls 31 February over into March; the round trip shows it. */
function isRealDate(value: string): boolean {
  const time = Date.parse(`${value.slice(0, 19)}Z`)
  return Number.isFinite(time) && new Date(time).toISOString().slice(0, 19) === value.slice(0, 19)
}

/** The stamp of a JavaScript instant (milliseconds since 1970). */
export const stampOf = (timeMs: number): Stamp => new Date(timeMs).toISOString()
