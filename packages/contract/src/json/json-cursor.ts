import {
  BACKSLASH,
  endOf,
  IS_PLAIN,
  isDigit,
  isExponent,
  isWhiteSpace,
  MINUS,
  PLUS,
  POINT,
  QUOTE,
  ZERO,
} from './json-bytes.js'

/** The text is not JSON, or not of the plain kind that is read here: a parser of all JSON is to decide. */
export class NotPlainJsonError extends Error {
  override readonly name = 'NotPlainJsonError'
}

/** A place in JSON, and what is done there whatever the value: looking, taking what has to be there, passing over. */
export class JsonCursor {
  protected readonly bytes: Buffer
  protected at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  giveUp(): never {
    throw new NotPlainJsonError(`Not plain JSON at byte ${this.at}`)
  }

  /** Nothing but white space may follow. */
  end(): void {
    if (this.peek() !== undefined) this.giveUp()
  }

  /** The next byte that is not white space, which stays there. */
  protected peek(): number | undefined {
    let byte = this.bytes[this.at]
    while (isWhiteSpace(byte)) byte = this.bytes[++this.at]
    return byte
  }

  protected take(expected: number): void {
    if (this.peek() !== expected) this.giveUp()
    this.at++
  }

  protected takeWord(word: Uint8Array): void {
    this.peek()
    const start = this.at
    for (let index = 0; index < word.length; index++) if (this.bytes[start + index] !== word[index]) this.giveUp()
    this.at = start + word.length
  }

  protected skipString(): void {
    this.take(QUOTE)
    const end = endOf(IS_PLAIN, this.bytes, this.at)
    if (this.bytes[end] === QUOTE) this.at = end + 1
    // Its escapes have to be looked at, too.
    else this.escapedString(this.at)
  }

  protected skipNumber(): void {
    if (this.peek() === MINUS) this.at++
    const isZero = this.bytes[this.at] === ZERO
    const whole = this.#skipDigits()
    if (whole === 0 || (isZero && whole > 1)) this.giveUp()
    if (this.bytes[this.at] === POINT) {
      this.at++
      if (this.#skipDigits() === 0) this.giveUp()
    }
    if (!isExponent(this.bytes[this.at])) return
    const sign = this.bytes[++this.at]
    if (sign === PLUS || sign === MINUS) this.at++
    if (this.#skipDigits() === 0) this.giveUp()
  }

  #skipDigits(): number {
    const start = this.at
    while (isDigit(this.bytes[this.at])) this.at++
    return this.at - start
  }

  /** A text with escapes in it. @param start - of it, after the quote */
  protected escapedString(start: number): string {
    const bytes = this.bytes
    let end = start
    while (bytes[end] !== QUOTE) {
      end = endOf(IS_PLAIN, bytes, bytes[end] === BACKSLASH ? end + 2 : end)
      if (bytes[end] !== QUOTE && bytes[end] !== BACKSLASH) this.giveUp()
    }
    this.at = end + 1
    try {
      return JSON.parse(bytes.toString('utf8', start - 1, end + 1))
    } catch {
      return this.giveUp()
    }
  }
}
