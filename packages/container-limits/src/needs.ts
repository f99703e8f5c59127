import { MAX_BULK_BODY_BYTES, MAX_REPORT_BODY_BYTES } from '@rollcall/contract'

export const MIB = 1_048_576

/**
 * Reports that the API takes in at the same time: small as a rule, a megabyte at worst. They have places of their own, because a
 * lease that could not be extended for all the bulk requests would be a session lost.
 */
export const MAX_REPORTS_IN_FLIGHT = 8

/** What a process needs of memory, measured. */
export interface Needs {
  /** For a person: `the API`. */
  readonly name: string
  /** Resident while idle, with its code compiled, and what may come beside the chunks. */
  readonly idleBytes: number
  /** Of that, in the JavaScript heap. */
  readonly idleHeapBytes: number
  /** One chunk of {@link MAX_BULK_BODY_BYTES} in flight: body, parsed members, statement, answer. */
  readonly chunkBytes: number
  /** Chunks at a time that its one thread can make use of, given a whole core. */
  readonly usefulChunks: number
  /** Database connections that no chunk may take: what keeps reads going during a bulk sync. */
  readonly reservedConnections: number
}

/**
 * The API with chunks of 2 MiB whose members have 250 roles each, the worst there is, Node 20: 108–114 MiB idle; 126 MiB
 * with one chunk in flight, 153 with four, 168 with six; in a heap of 96 MiB twelve of them end the process, and eight now
 * and then. So one is counted with 16. Beside them there may be the bodies of {@link MAX_REPORTS_IN_FLIGHT} reports.
 */
export const API_NEEDS: Needs = {
  name: 'the API',
  idleBytes: 116 * MIB + MAX_REPORTS_IN_FLIGHT * MAX_REPORT_BODY_BYTES,
  idleHeapBytes: 32 * MIB,
  chunkBytes: 16 * MIB,
  usefulChunks: 4,
  reservedConnections: 6,
}

/**
 * The syncer: 75 MiB with its code loaded. With 1 MiB of a chunk in flight, the next one ready and a page of each side it
 * stays within 128 MiB in a heap of 64, whatever roles members have; so a chunk of 2 MiB is counted with 64.
 */
export const SYNCER_NEEDS: Needs = {
  name: 'the syncer',
  idleBytes: 76 * MIB,
  idleHeapBytes: 24 * MIB,
  chunkBytes: 64 * MIB,
  usefulChunks: 1,
  reservedConnections: 0,
}

/**
 * The queue of a syncer that follows live. Of the heap's limit 12 MiB are the young space, in which nothing stays; the process
 * holds 18 beside its queue, 14 are for the sessions of its shards and a reconcile of members with as many roles as people have,
 * and with less than 4 to spare the collector does nothing but collect. A byte of an event that waits takes up to 1.25 bytes of heap, and each event 800 more where it is the only one of its
 * guild: with 1,250 of them in a MiB, the most that is let in, that is 2.2 bytes of heap for each byte that is counted.
 */
export const LIVE_QUEUE_NEEDS = {
  besideBytes: 48 * MIB,
  heapPerByte: 2.2,
  eventsPerMiB: 1_250,
  /** More would be minutes late: to compare the guilds as a whole is better. */
  maxBytes: 128 * MIB,
} as const

/** The largest chunk that is sent and taken; cost grows with it. */
export const WORST_CHUNK_BYTES: number = MAX_BULK_BODY_BYTES
