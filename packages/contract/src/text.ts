import * as z from 'zod'

/**
 * Text that Postgres can hold: `min` to `max` code points (not UTF-16 units), no NUL, no lone surrogate. Both would pass
 * ordinary validation and fail in the database (22021, 22P02).
 */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => isWithin(value, min, max), `Expected ${min} to ${max} characters`)
    .refine(isStorable, 'Expected text without NUL and lone surrogates')
    .meta({ minLength: min, maxLength: max })
}

/** The same as a predicate, where a schema would be too slow. */
export const isText = (value: unknown, min: number, max: number): value is string =>
  typeof value === 'string' && isWithin(value, min, max) && isStorable(value)

const isStorable = (value: string) => !value.includes('\0') && value.isWellFormed()

function isWithin(value: string, min: number, max: number): boolean {
  if (value.length < min) return false
  if (value.length <= max) return min <= 1 || [...value].length >= min
  // A code point takes at most two units; the spread is not reached by a megabyte of text.
  return value.length <= 2 * max && [...value].length <= max
}
