const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = 0x5b
const CLOSE = 0x5d
const FIRST_PLAIN = 0x20
const LAST_PLAIN = 0x7e
const NULL = Buffer.from('null')

/** A UTF-16 unit is six bytes of JSON at most (`\ud800`); two quotes besides. */
const maxBytesOf = (text: string) => 6 * text.length + 2

/**
 * JSON that is put together as the bytes that go over the wire. No large string is ever made: joining one, and turning
 * it into UTF-8, costs more than all that stands in it.
 */
export class JsonBytes {
  #bytes: Buffer
  #length = 0

  /** @param expectedBytes - it grows when there are more */
  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes)
  }

  /** Adds a piece that is JSON already. */
  raw(piece: Buffer): void {
    this.#reserve(piece.length)
    this.#bytes.set(piece, this.#length)
    this.#length += piece.length
  }

  /** Adds an array. */
  list<T>(items: readonly T[], add: (json: JsonBytes, item: T) => void): void {
    this.#byte(OPEN)
    for (let place = 0; place < items.length; place++) {
      if (place > 0) this.#byte(COMMA)
      add(this, items[place] as T)
    }
    this.#byte(CLOSE)
  }

  number(value: number): void {
    const text = `${value}`
    for (let place = 0; place < text.length; place++) this.#byte(text.charCodeAt(place))
  }

  textOrNull(text: string | null): void {
    if (text === null) this.raw(NULL)
    else this.text(text)
  }

  /** Adds what `JSON.stringify` makes of a text. */
  text(text: string): void {
    this.#reserve(maxBytesOf(text))
    const bytes = this.#bytes
    let length = this.#length
    bytes[length++] = QUOTE
    for (let place = 0; place < text.length; place++) {
      const code = text.charCodeAt(place)
      if (code < FIRST_PLAIN || code > LAST_PLAIN || code === QUOTE || code === BACKSLASH) {
        this.#length += bytes.write(JSON.stringify(text), this.#length)
        return
      }
      bytes[length++] = code
    }
    bytes[length++] = QUOTE
    this.#length = length
  }

  /** The JSON so far. Nothing may be added after it. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #byte(code: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = code
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(2 * (this.#length + bytes))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
  }
}
