import { z } from 'zod'

const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?Z$/

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
  return FORM.test(value) && isRealInstant(value)
}

/** `Date.parse` rolls 31 February over into March; the round trip shows it. */
function isRealInstant(value: string): boolean {
  const time = Date.parse(`${value.slice(0, 19)}Z`)
  return Number.isFinite(time) && new Date(time).toISOString().slice(0, 19) === value.slice(0, 19)
}

/** The stamp of a JavaScript instant (milliseconds since 1970). */
export const stampOf = (timeMs: number): Stamp => new Date(timeMs).toISOString()
