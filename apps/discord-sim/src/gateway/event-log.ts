import type { EncodedDispatch } from './dispatch.js'

/** What an entry costs beside its JSON. */
const ENTRY_BYTES = 100
/** Forgotten entries that wait to be cut off in one go. */
const SLACK = 1_024

/** The newest events of one session, numbered without gaps, so that a resume can send them again. */
export class EventLog {
  #entries: (EncodedDispatch | undefined)[] = []
  /** Place of the oldest entry that is still kept. */
  #start = 0
  #lastSeq = 0
  #bytes = 0

  get lastSeq(): number {
    return this.#lastSeq
  }

  get size(): number {
    return this.#entries.length - this.#start
  }

  get bytes(): number {
    return this.#bytes
  }

  /** @returns the number that the event got, from 1 */
  push(event: EncodedDispatch, bounds: { maxLength: number; maxBytes: number }): number {
    this.#entries.push(event)
    this.#bytes += bytesOf(event)
    this.#lastSeq += 1
    while (this.size > bounds.maxLength || (this.#bytes > bounds.maxBytes && this.size > 0)) this.#forgetOldest()
    return this.#lastSeq
  }

  /** Whether everything after this number is still kept. */
  reachesBackTo(seq: number): boolean {
    return seq >= this.#lastSeq - this.size && seq <= this.#lastSeq
  }

  /** Undefined for an event that is no longer kept. */
  at(seq: number): EncodedDispatch | undefined {
    const place = this.#entries.length - 1 - (this.#lastSeq - seq)
    return place < this.#start ? undefined : this.#entries[place]
  }

  #forgetOldest(): void {
    this.#bytes -= bytesOf(this.#entries[this.#start] as EncodedDispatch)
    this.#entries[this.#start] = undefined
    this.#start += 1
    if (this.#start < SLACK || this.#start * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#start)
    this.#start = 0
  }
}

const bytesOf = ({ json }: EncodedDispatch) => ENTRY_BYTES + (typeof json === 'string' ? json.length : 0)
