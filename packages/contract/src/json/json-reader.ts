import { MAX_SNOWFLAKE, type Snowflake } from '../snowflake.js'
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  endOf,
  IS_PLAIN,
  IS_PLAIN_ASCII,
  isDigit,
  isPartOfNumber,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  ZERO,
} from './json-bytes.js'
import { JsonCursor, NotPlainJsonError } from './json-cursor.js'
import type { JsonKeys } from './json-keys.js'
import { REMEMBERED_DIGITS, type SnowflakeTable } from './snowflake-table.js'

const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')
const NULL = Buffer.from('null')

/** So many digits are exact as a number, whatever they are. */
const EXACT_DIGITS = 15
const MAX_DIGITS = `${MAX_SNOWFLAKE}`.length

/** Deeper than anything that is passed over; what is deeper is left to a parser that does not recurse. */
const MAX_SKIPPED_DEPTH = 32

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
export class JsonReader extends JsonCursor {
  readonly #view: DataView
  /** An array or object was opened, and nothing of it was read yet. */
  #isFresh = false
  /** An array that grows by `push` has room for seventeen from its first. */
  readonly #scratch: Snowflake[] = []

  constructor(bytes: Uint8Array) {
    super(bytes)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  openArray(): void {
    this.take(OPEN_BRACKET)
    this.#isFresh = true
  }

  /** Whether another element follows, which has to be read then; otherwise the array is closed. */
  hasElement(): boolean {
    return this.#hasMore(CLOSE_BRACKET)
  }

  openObject(): void {
    this.take(OPEN_BRACE)
    this.#isFresh = true
  }

  /** The next key, whose value has to be read then; `''` for one that is not among `keys`; undefined at the end of the object. */
  nextKey<K extends string>(keys: JsonKeys<K>): K | '' | undefined {
    if (!this.#hasMore(CLOSE_BRACE)) return undefined
    this.take(QUOTE)
    const bytes = this.bytes
    const start = this.at
    const end = endOf(IS_PLAIN, bytes, start)
    if (bytes[end] !== QUOTE) this.giveUp()
    this.at = end + 1
    this.take(COLON)
    return keys.find(bytes, start, end)
  }

  string(): string {
    this.take(QUOTE)
    const bytes = this.bytes
    const start = this.at
    let end = endOf(IS_PLAIN_ASCII, bytes, start)
    const isAscii = bytes[end] === QUOTE
    if (!isAscii) end = endOf(IS_PLAIN, bytes, end)
    if (bytes[end] !== QUOTE) return this.escapedString(start)
    this.at = end + 1
    return bytes.toString(isAscii ? 'latin1' : 'utf8', start, end)
  }

  /** The same text as `last`, without making it again, where these are its bytes. @param last - ASCII without escapes */
  stringLike(last: string): string {
    const bytes = this.bytes
    const start = this.at
    if (this.peek() === QUOTE && bytes[this.at + 1 + last.length] === QUOTE) {
      let index = 0
      while (index < last.length && bytes[this.at + 1 + index] === last.charCodeAt(index)) index++
      if (index === last.length) {
        this.at += last.length + 2
        return last
      }
    }
    this.at = start
    return this.string()
  }

  /** A whole number without sign, exponent or fraction. */
  wholeNumber(): number {
    const bytes = this.bytes
    let byte = this.peek()
    let at = this.at
    let value = 0
    for (; isDigit(byte); byte = bytes[++at]) value = value * 10 + (byte - ZERO)
    const digits = at - this.at
    const hasLeadingZero = digits > 1 && bytes[this.at] === ZERO
    if (digits === 0 || digits > EXACT_DIGITS || hasLeadingZero || isPartOfNumber(byte)) this.giveUp()
    this.at = at
    return value
  }

  boolean(): boolean {
    if (this.peek() === TRUE[0]) {
      this.takeWord(TRUE)
      return true
    }
    this.takeWord(FALSE)
    return false
  }

  /** Takes a `null`, if that comes next. */
  isNull(): boolean {
    if (this.peek() !== NULL[0]) return false
    this.takeWord(NULL)
    return true
  }

  /** An id as a string of digits. */
  snowflake(): Snowflake {
    this.take(QUOTE)
    const bytes = this.bytes
    const start = this.at
    let end = start
    while (end < start + MAX_DIGITS && isDigit(bytes[end])) end++
    if (bytes[end] !== QUOTE || end === start || (bytes[start] === ZERO && end - start > 1)) this.giveUp()
    this.at = end + 1
    const id = BigInt(bytes.toString('latin1', start, end))
    return id <= MAX_SNOWFLAKE ? id : this.giveUp()
  }

  /** The same for an id that is likely to have come before. @param table - of those that came before */
  repeatedSnowflake(table: SnowflakeTable): Snowflake {
    if (this.peek() !== QUOTE) this.giveUp()
    const start = this.at + 1
    const end = this.#endOfDigits(start)
    if (end === undefined) return this.snowflake()
    const known = table.find(this.#view, start, end)
    if (known === undefined) {
      const id = this.snowflake()
      // A quote may have stood before that one.
      if (this.at === end + 1) table.add(this.#view, start, end, id)
      return id
    }
    this.at = end + 1
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
    const byte = this.peek()
    if (byte === QUOTE) this.skipString()
    else if (byte === OPEN_BRACE) {
      this.openObject()
      while (this.#hasMore(CLOSE_BRACE)) {
        this.skipString()
        this.take(COLON)
        this.skip(depth + 1)
      }
    } else if (byte === OPEN_BRACKET) {
      this.openArray()
      while (this.hasElement()) this.skip(depth + 1)
    } else if (byte === TRUE[0] || byte === FALSE[0]) this.boolean()
    else if (!this.isNull()) this.skipNumber()
  }

  /** Where an id that may be remembered ends, by the quote behind it. */
  #endOfDigits(start: number): number | undefined {
    for (const digits of REMEMBERED_DIGITS) if (this.bytes[start + digits] === QUOTE) return start + digits
    return undefined
  }

  #hasMore(close: number): boolean {
    const byte = this.peek()
    const isFirst = this.#isFresh
    this.#isFresh = false
    if (byte === close) {
      this.at++
      return false
    }
    if (isFirst) return true
    if (byte !== COMMA) this.giveUp()
    this.at++
    return true
  }
}
