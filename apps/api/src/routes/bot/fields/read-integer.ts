import { MAX_SNOWFLAKE } from '@rollcall/contract'
import { NOT_NULL, type Read, refused, taken } from './reading.js'

const MAX_TEXT_LENGTH = 1_000
const WHOLE = /^\s*([+-]?\d+)(?:\.0*)?\s*$/

interface Range {
  readonly min?: bigint
  readonly max?: bigint
}

/** A whole number, bare or as text. A number that is not exact any more is none. */
export function readInteger({ min = -MAX_SNOWFLAKE - 1n, max = MAX_SNOWFLAKE }: Range = {}): Read<bigint> {
  return (value) => {
    if (value === null) return refused(NOT_NULL)
    if (typeof value === 'string' && value.length > MAX_TEXT_LENGTH) return refused('String value too large.')
    const whole = toWhole(value)
    if (whole === undefined) return refused('A valid integer is required.')
    if (whole < min) return refused(`Ensure this value is greater than or equal to ${min}.`)
    if (whole > max) return refused(`Ensure this value is less than or equal to ${max}.`)
    return taken(whole)
  }
}

/** A whole number that fits a JavaScript one. */
export function readNumber(range: Range & { readonly max: bigint }): Read<number> {
  const read = readInteger(range)
  return (value) => {
    const reading = read(value)
    return 'value' in reading ? taken(Number(reading.value)) : reading
  }
}

/** @returns undefined for what is no whole number */
export function toWhole(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  const digits = typeof value === 'string' ? WHOLE.exec(value)?.[1] : undefined
  // BigInt knows no plus sign.
  return digits === undefined ? undefined : BigInt(digits.replace('+', ''))
}
