import * as z from 'zod'

/**
 * A Discord id: 64 bits, never a JavaScript number, which is exact only to 2^53.
 * @see https://discord.com/developers/docs/reference#snowflakes
 */
export type Snowflake = bigint

/** What an id may be on the wire: a string of digits, or a bare integer (a `bigint` once parsed losslessly). */
export type SnowflakeInput = string | number | bigint

/** The largest value of a Postgres `bigint`, 2^63 − 1. */
export const MAX_SNOWFLAKE = 9_223_372_036_854_775_807n

const MAX_DIGITS = MAX_SNOWFLAKE.toString()
const DIGITS = /^(?:0|[1-9]\d{0,18})$/

/** Whether `value` is an id in one of its wire forms, within 0 to 2^63 − 1 and exact. */
export function isSnowflake(value: unknown): value is SnowflakeInput {
  if (typeof value === 'string') return DIGITS.test(value) && (value.length < MAX_DIGITS.length || value <= MAX_DIGITS)
  if (typeof value === 'bigint') return value >= 0n && value <= MAX_SNOWFLAKE
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

const MESSAGE = `Expected an id: a whole number from 0 to ${MAX_SNOWFLAKE}, as a string of digits or a bare integer`

const wireForm = {
  type: 'string',
  pattern: '^\\d{1,19}$',
  examples: ['267624335836053506'],
} as const

/**
 * One id. Checked by a single predicate and turned into `bigint` by {@link toSnowflake} where the enclosing object is
 * parsed: a union or a transform for each id triples the time of a bulk request.
 */
export const SnowflakeInput = z.custom<SnowflakeInput>(isSnowflake, MESSAGE).meta({ ...wireForm })

/** One id outside the hot path (path and query parameters). */
export const SnowflakeParam = z
  .string()
  .refine(isSnowflake, MESSAGE)
  .transform(BigInt)
  .meta({ ...wireForm })

/** The id in memory. `value` must have passed {@link isSnowflake}. */
export const toSnowflake = (value: SnowflakeInput): Snowflake => (typeof value === 'bigint' ? value : BigInt(value))

/** Ascending; for `Array.prototype.sort`. */
export const bySnowflake = (a: Snowflake, b: Snowflake): number => (a < b ? -1 : a > b ? 1 : 0)

/** Longer lists are left to `Array.prototype.sort`, whose time does not grow with the square. */
const MAX_INSERTION_SORT = 32

/**
 * Sorts in place, ascending. Role lists are short and mostly in order: an insertion sort is then quicker than
 * `Array.prototype.sort` and, unlike it, makes no garbage.
 */
export function sortSnowflakes(ids: Snowflake[]): Snowflake[] {
  if (ids.length > MAX_INSERTION_SORT) return ids.sort(bySnowflake)
  for (let index = 1; index < ids.length; index++) {
    const id = ids[index] as Snowflake
    let place = index
    for (; place > 0 && (ids[place - 1] as Snowflake) > id; place--) ids[place] = ids[place - 1] as Snowflake
    ids[place] = id
  }
  return ids
}
