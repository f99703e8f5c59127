import { type EncodedDispatch, numbered } from './dispatch.js'
import { EventLog } from './event-log.js'
import type { Line } from './line.js'

/** `[shard_id, shard_count]`. */
export type Shard = readonly [number, number]

/** One identified shard: it outlives its connection until the window for a resume is over. */
export class Session {
  readonly log = new EventLog()
  line: Line | undefined
  /** When it lost its connection; milliseconds since the Unix epoch. */
  detachedMs: number | undefined
  resumes = 0

  constructor(
    readonly id: string,
    readonly shard: Shard,
    readonly intents: number,
    readonly createdMs: number,
  ) {}

  get seq(): number {
    return this.log.lastSeq
  }

  /** Numbers the event, keeps it for a resume, and sends it when somebody is there. */
  dispatch(event: EncodedDispatch, bounds: { maxLength: number; maxBytes: number }): number {
    const seq = this.log.push(event, bounds)
    if (this.line?.isLive) this.line.sendEvent(numbered(event, seq), event)
    return seq
  }
}
