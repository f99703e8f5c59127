import { MAX_SNOWFLAKE, type Snowflake } from '../snowflake.js'
import type { JsonKeys } from './json-keys.js'
import { REMEMBERED_DIGITS, type SnowflakeTable } from './snowflake-table.js'

const SPACE = 0x20
const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const CAPITAL_E = 0x45
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const SMALL_E = 0x65
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const FIRST_BEYOND_ASCII = 0x80

/** Whether a byte stands for itself within a string, and ends nothing: no quote, no backslash, no control character. */
const IS_PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => +(byte >= SPACE && byte !== QUOTE && byte !== BACKSLASH))

/** The same, and the byte is a character. */
const IS_PLAIN_ASCII = IS_PLAIN.map((isPlain, byte) => (byte < FIRST_BEYOND_ASCII ? isPlain : 0))

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

/** So many digits are exact as a number, whatever they are. */
const EXACT_DIGITS = 15
const MAX_DIGITS = `${MAX_SNOWFLAKE}`.length

/** Deeper than anything that is passed over; what is deeper is left to a parser that does not recurse. */
const MAX_SKIPPED_DEPTH = 32

/** The text is not JSON, or not of the plain kind that is read here: a parser of all JSON is to decide. */
export class NotPlainJsonError extends Error {
  override readonly name = 'NotPlainJsonError'
}

/** @returns what `read` makes of the whole text, or undefined where it is not plainly what `read` expects */
export function readPlainly<T>(bytes: Uint8Array, read: (reader: JsonReader) => T): T | undefined {
  const reader = new JsonReader(bytes)
  try {
    const value = read(reader)
    reader.end()
    return value
  } catch (error) {
    if (error instanceof NotPlainJsonError) return undefined
    throw error
  }
}

/**
 * A pull parser: reads JSON from its bytes, in order, and makes only what is asked for. `JSON.parse` makes a text of the bytes
 * and an object of everything in it, which for a page of a thousand members is several times what anybody wants of it; in a small
 * process the garbage of that costs more than the reading.
 *
 * What it accepts, `JSON.parse` accepts, with the same values. It does not accept everything: whoever reads plain things by it
 * has a parser of all JSON at hand for the rest.
 *
 * @throws {@link NotPlainJsonError} from every method
 */
export class JsonReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  #at = 0
  /** An array or object was opened, and nothing of it was read yet. */
  #isFresh = false
  /** An array that grows by `push` has room for seventeen from its first. */
  readonly #scratch: Snowflake[] = []

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  giveUp(): never {
    throw new NotPlainJsonError(`Not plain JSON at byte ${this.#at}`)
  }

  openArray(): void {
    this.#take(OPEN_BRACKET)
    this.#isFresh = true
  }

  /** Whether another element follows, which has to be read then; otherwise the array is closed. */
  hasElement(): boolean {
    return this.#hasMore(CLOSE_BRACKET)
  }

  openObject(): void {
    this.#take(OPEN_BRACE)
    this.#isFresh = true
  }

  /** The next key, whose value has to be read then; `''` for one that is not among `keys`; undefined at the end of the object. */
  nextKey<K extends string>(keys: JsonKeys<K>): K | '' | undefined {
    if (!this.#hasMore(CLOSE_BRACE)) return undefined
    this.#take(QUOTE)
    const bytes = this.#bytes
    const start = this.#at
    const end = endOf(IS_PLAIN, bytes, start)
    if (bytes[end] !== QUOTE) this.giveUp()
    this.#at = end + 1
    this.#take(COLON)
    return keys.find(bytes, start, end)
  }

  string(): string {
    this.#take(QUOTE)
    const bytes = this.#bytes
    const start = this.#at
    let end = endOf(IS_PLAIN_ASCII, bytes, start)
    const isAscii = bytes[end] === QUOTE
    if (!isAscii) end = endOf(IS_PLAIN, bytes, end)
    if (bytes[end] !== QUOTE) return this.#escapedString(start)
    this.#at = end + 1
    return bytes.toString(isAscii ? 'latin1' : 'utf8', start, end)
  }

  /** The same text as `last`, without making it again, where these are its bytes. @param last - ASCII without escapes */
  stringLike(last: string): string {
    const bytes = this.#bytes
    const start = this.#at
    if (this.#peek() === QUOTE && bytes[this.#at + 1 + last.length] === QUOTE) {
      let index = 0
      while (index < last.length && bytes[this.#at + 1 + index] === last.charCodeAt(index)) index++
      if (index === last.length) {
        this.#at += last.length + 2
        return last
      }
    }
    this.#at = start
    return this.string()
  }

  /** A whole number without sign, exponent or fraction. */
  wholeNumber(): number {
    const bytes = this.#bytes
    let byte = this.#peek()
    let at = this.#at
    let value = 0
    for (; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - ZERO)
    const digits = at - this.#at
    const hasLeadingZero = digits > 1 && bytes[this.#at] === ZERO
    if (digits === 0 || digits > EXACT_DIGITS || hasLeadingZero || isPartOfNumber(byte)) this.giveUp()
    this.#at = at
    return value
  }

  boolean(): boolean {
    if (this.#peek() === TRUE[0]) {
      this.#takeWord(TRUE)
      return true
    }
    this.#takeWord(FALSE)
    return false
  }

  /** Takes a `null`, if that comes next. */
  isNull(): boolean {
    if (this.#peek() !== NULL[0]) return false
    this.#takeWord(NULL)
    return true
  }

  /** An id as a string of digits. */
  snowflake(): Snowflake {
    this.#take(QUOTE)
    const bytes = this.#bytes
    const start = this.#at
    let end = start
    while (end < start + MAX_DIGITS && isDigit(bytes[end])) end++
    if (bytes[end] !== QUOTE || end === start || (bytes[start] === ZERO && end - start > 1)) this.giveUp()
    this.#at = end + 1
    const id = BigInt(bytes.toString('latin1', start, end))
    return id <= MAX_SNOWFLAKE ? id : this.giveUp()
  }

  /** The same for an id that is likely to have come before. @param table - of those that came before */
  repeatedSnowflake(table: SnowflakeTable): Snowflake {
    if (this.#peek() !== QUOTE) this.giveUp()
    const start = this.#at + 1
    const end = this.#endOfDigits(start)
    if (end === undefined) return this.snowflake()
    const known = table.find(this.#view, start, end)
    if (known === undefined) {
      const id = this.snowflake()
      // A quote may have stood before that one.
      if (this.#at === end + 1) table.add(this.#view, start, end, id)
      return id
    }
    this.#at = end + 1
    return known
  }

  /** A list of at most `max` ids as strings of digits. */
  snowflakes(max: number, table: SnowflakeTable): Snowflake[] {
    let count = 0
    this.openArray()
    while (this.hasElement()) {
      if (count === max) this.giveUp()
      this.#scratch[count++] = this.repeatedSnowflake(table)
    }
    return this.#scratch.slice(0, count)
  }

  /** Passes over a value of any kind. */
  skip(depth = 0): void {
    if (depth > MAX_SKIPPED_DEPTH) this.giveUp()
    const byte = this.#peek()
    if (byte === QUOTE) this.#skipString()
    else if (byte === OPEN_BRACE) {
      this.openObject()
      while (this.#hasMore(CLOSE_BRACE)) {
        this.#skipString()
        this.#take(COLON)
        this.skip(depth + 1)
      }
    } else if (byte === OPEN_BRACKET) {
      this.openArray()
      while (this.hasElement()) this.skip(depth + 1)
    } else if (byte === TRUE[0] || byte === FALSE[0]) this.boolean()
    else if (!this.isNull()) this.#skipNumber()
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (this.#peek() !== undefined) this.giveUp()
  }

  /** Where an id that may be remembered ends, by the quote behind it. */
  #endOfDigits(start: number): number | undefined {
    for (const digits of REMEMBERED_DIGITS) if (this.#bytes[start + digits] === QUOTE) return start + digits
    return undefined
  }

  #hasMore(close: number): boolean {
    const byte = this.#peek()
    const isFirst = this.#isFresh
    this.#isFresh = false
    if (byte === close) {
      this.#at++
      return false
    }
    if (isFirst) return true
    if (byte !== COMMA) this.giveUp()
    this.#at++
    return true
  }

  /** The next byte that is not white space, which stays there. */
  #peek(): number | undefined {
    let byte = this.#bytes[this.#at]
    while (byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = this.#bytes[++this.#at]
    return byte
  }

  #take(expected: number): void {
    if (this.#peek() !== expected) this.giveUp()
    this.#at++
  }

  #takeWord(word: Uint8Array): void {
    this.#peek()
    const start = this.#at
    for (let index = 0; index < word.length; index++) if (this.#bytes[start + index] !== word[index]) this.giveUp()
    this.#at = start + word.length
  }

  #skipString(): void {
    this.#take(QUOTE)
    const end = endOf(IS_PLAIN, this.#bytes, this.#at)
    if (this.#bytes[end] === QUOTE) this.#at = end + 1
    // Its escapes have to be looked at, too.
    else this.#escapedString(this.#at)
  }

  #skipNumber(): void {
    if (this.#peek() === MINUS) this.#at++
    const isZero = this.#bytes[this.#at] === ZERO
    const whole = this.#skipDigits()
    if (whole === 0 || (isZero && whole > 1)) this.giveUp()
    if (this.#bytes[this.#at] === POINT) {
      this.#at++
      if (this.#skipDigits() === 0) this.giveUp()
    }
    if (!isExponent(this.#bytes[this.#at])) return
    const sign = this.#bytes[++this.#at]
    if (sign === PLUS || sign === MINUS) this.#at++
    if (this.#skipDigits() === 0) this.giveUp()
  }

  #skipDigits(): number {
    const start = this.#at
    while (isDigit(this.#bytes[this.#at])) this.#at++
    return this.#at - start
  }

  /** @param start - of its text, after the quote */
  #escapedString(start: number): string {
    const bytes = this.#bytes
    let end = start
    while (bytes[end] !== QUOTE) {
      end = endOf(IS_PLAIN, bytes, bytes[end] === BACKSLASH ? end + 2 : end)
      if (bytes[end] !== QUOTE && bytes[end] !== BACKSLASH) this.giveUp()
    }
    this.#at = end + 1
    try {
      return JSON.parse(bytes.toString('utf8', start - 1, end + 1))
    } catch {
      return this.giveUp()
    }
  }
}

/** The place of the first byte from `start` on that is not of this kind, which may be past the end. */
function endOf(kind: Uint8Array, bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let at = start
  while (at < length && kind[bytes[at] as number] === 1) at++
  return at
}

const isDigit = (byte: number | undefined): byte is number => byte !== undefined && byte >= ZERO && byte <= NINE

/** What may go on a number that was thought to be over: a digit, a point, or an exponent. */
const isPartOfNumber = (byte: number | undefined): boolean => isDigit(byte) || byte === POINT || isExponent(byte)

const isExponent = (byte: number | undefined): boolean => byte === SMALL_E || byte === CAPITAL_E
