import { Ring } from '../ring.js'
import type { Subject } from './dispatch.js'
import type { Shard } from './session.js'

const MAX_SENT = 20_000
const MAX_OTHERS = 10_000

/** An event that a session was given. `sent` is false when nobody was there: it waits for a resume. */
export interface SentRecord extends Subject {
  readonly session_id: string
  readonly shard: Shard
  readonly seq: number
  readonly t: string
  readonly sent: boolean
}

/** An event that a fault or an outage kept from being what it should be; no session may have been meant. */
export interface DisturbedRecord extends Subject {
  readonly t: string
  readonly by: string
}

export interface IdentifyRecord {
  readonly shard: Shard
  /** `shard_id % max_concurrency`: what the pause between two identifies is counted by. */
  readonly key: number
  readonly outcome: 'ready' | 'invalid_session' | 'closed' | 'fault'
  readonly code?: number
  readonly session_id?: string
}

export interface ResumeRecord {
  readonly session_id: string
  readonly shard?: Shard
  readonly seq: number
  readonly outcome: 'resumed' | 'invalid_session' | 'closed' | 'fault'
  readonly code?: number
  /** Events that were to be sent again. */
  readonly replayed?: number
  /** Whether the address was that of READY's `resume_gateway_url`. */
  readonly at_resume_url: boolean
}

export interface CloseRecord {
  readonly connection_id: number
  readonly session_id?: string
  readonly shard?: Shard
  readonly by: 'client' | 'simulator'
  readonly code: number
  readonly reason: string
}

/** A record with its number, from 1 without gaps, and its instant in milliseconds since the Unix epoch. */
export type Numbered<T> = T & { readonly n: number; readonly at_ms: number }

/** The newest records of one kind. */
export class Records<T> {
  readonly #ring: Ring<Numbered<T>>
  #count = 0

  constructor(
    capacity: number,
    readonly nowMs: () => number,
  ) {
    this.#ring = new Ring(capacity)
  }

  /** Since the start, also those that are no longer kept. */
  get count(): number {
    return this.#count
  }

  add(record: T): void {
    this.#count += 1
    this.#ring.push({ n: this.#count, at_ms: this.nowMs(), ...record })
  }

  /** Those with a number above `after`, oldest first. A gap at the start means that the ring has moved on. */
  after(after: number): Numbered<T>[] {
    return [...this.#ring].filter(({ n }) => n > after)
  }
}

/** What was sent to whom and who connected when: what a test counts lost, repeated and reordered events by. */
export class GatewayJournal {
  readonly sent: Records<SentRecord>
  readonly disturbed: Records<DisturbedRecord>
  readonly identifies: Records<IdentifyRecord>
  readonly resumes: Records<ResumeRecord>
  readonly closes: Records<CloseRecord>
  connections = 0
  heartbeats = 0

  constructor(nowMs: () => number) {
    this.sent = new Records(MAX_SENT, nowMs)
    this.disturbed = new Records(MAX_OTHERS, nowMs)
    this.identifies = new Records(MAX_OTHERS, nowMs)
    this.resumes = new Records(MAX_OTHERS, nowMs)
    this.closes = new Records(MAX_OTHERS, nowMs)
  }
}
