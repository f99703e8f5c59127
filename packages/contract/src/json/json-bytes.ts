/*
 * What bytes mean in JSON, which is in UTF-8.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 */

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
export const QUOTE = 0x22
export const PLUS = 0x2b
export const COMMA = 0x2c
export const MINUS = 0x2d
export const POINT = 0x2e
export const ZERO = 0x30
const NINE = 0x39
export const COLON = 0x3a
const CAPITAL_E = 0x45
export const OPEN_BRACKET = 0x5b
export const BACKSLASH = 0x5c
export const CLOSE_BRACKET = 0x5d
const SMALL_E = 0x65
export const OPEN_BRACE = 0x7b
export const CLOSE_BRACE = 0x7d
const FIRST_BEYOND_ASCII = 0x80

/** Whether a byte stands for itself within a string, and ends nothing: no quote, no backslash, no control character. */
export const IS_PLAIN = Uint8Array.from(
  { length: 256 },
  (_, byte) => +(byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH),
)

/** The same, and the byte is a character. */
export const IS_PLAIN_ASCII = IS_PLAIN.map((isPlain, byte) => (byte < FIRST_BEYOND_ASCII ? isPlain : 0))

/** The place of the first byte from `start` on that is not of this kind, which may be past the end. */
export function endOf(kind: Uint8Array, bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let at = start
  while (at < length && kind[bytes[at] as number] === 1) at++
  return at
}

export const isDigit = (byte: number | undefined): byte is number => byte !== undefined && byte >= ZERO && byte <= NINE

/** What may go on a number that was thought to be over: a digit, a point, or an exponent. */
export const isPartOfNumber = (byte: number | undefined): boolean => isDigit(byte) || byte === POINT || isExponent(byte)

export const isExponent = (byte: number | undefined): boolean => byte === SMALL_E || byte === CAPITAL_E

export const isWhiteSpace = (byte: number | undefined): boolean =>
  byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB
