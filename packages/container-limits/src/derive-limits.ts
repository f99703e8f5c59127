import type { Container } from './container.js'
import { LIVE_QUEUE_NEEDS, MIB, type Needs, WORST_CHUNK_BYTES } from './needs.js'

/** How much of a container's memory the JavaScript heap gets: buffers, code and stacks are beside it. */
const HEAP_SHARE = 0.5

/** With less than this, memory is paid for that the process cannot use: who raises the limit has to raise the heap. */
const MIN_HEAP_SHARE = 0.45

/** With more than this the container is killed before the heap is full, without a word of why. */
const MAX_HEAP_SHARE = 0.75

/** Young objects: a small space keeps the peak low, at a little more work for the garbage collector. */
export const SEMI_SPACE_MIB = 4

export interface DerivedLimits {
  /** For `--max-old-space-size`. */
  readonly heapMiB: number | undefined
  readonly bulkInFlight: number
  readonly chunkBytes: number
  readonly poolSize: number
}

/** The container cannot hold what one worst-case chunk costs. The message is for a person. */
export class ContainerTooSmallError extends Error {
  override readonly name = 'ContainerTooSmallError'
}

/**
 * What a process may do in a container of this size: as many chunks at a time as fit memory and heap, and never more than
 * its share of a core makes use of; a smaller chunk where a whole one does not fit.
 *
 * @param heapBytes - the heap's actual limit, where it is known; half of the memory otherwise
 * @throws {@link ContainerTooSmallError} when not even the smaller chunk fits
 */
export function deriveLimits(needs: Needs, { memoryBytes, cpus }: Container, heapBytes?: number): DerivedLimits {
  const heap = heapBytes ?? (memoryBytes === undefined ? undefined : memoryBytes * HEAP_SHARE)
  const room = Math.min(
    (memoryBytes ?? Number.POSITIVE_INFINITY) - needs.idleBytes,
    (heap ?? Number.POSITIVE_INFINITY) - needs.idleHeapBytes,
  )
  // Half a chunk at least: cost grows with the bytes.
  const chunks = room / needs.chunkBytes
  if (chunks < 0.5) throw new ContainerTooSmallError(tooSmall(needs, memoryBytes, heap))
  const useful = Math.max(1, Math.ceil(needs.usefulChunks * Math.min(1, cpus ?? 1)))
  const bulkInFlight = Math.max(1, Math.min(useful, Math.floor(chunks)))
  return {
    heapMiB: memoryBytes === undefined ? undefined : heapMiBOf(memoryBytes),
    bulkInFlight,
    chunkBytes: chunks < 1 ? WORST_CHUNK_BYTES / 2 : WORST_CHUNK_BYTES,
    poolSize: bulkInFlight + needs.reservedConnections,
  }
}

/** What may wait in a syncer that follows live; what is beyond is dropped, and its guild reconciled. */
export interface DerivedQueue {
  readonly maxEvents: number
  readonly maxBytes: number
}

/** @param heapBytes - the heap's actual limit, in which a full queue has to fit beside everything else */
export function deriveQueue(heapBytes: number): DerivedQueue {
  const { besideBytes, heapPerByte, eventsPerMiB, maxBytes } = LIVE_QUEUE_NEEDS
  const roomMiB = Math.floor(Math.min((heapBytes - besideBytes) / heapPerByte, maxBytes) / MIB)
  const mebibytes = Math.max(1, roomMiB)
  return { maxEvents: mebibytes * eventsPerMiB, maxBytes: mebibytes * MIB }
}

/** The heap's limit, as V8 tells it, of a process that was started with {@link heapFlags}: young objects are beside the old. */
export const heapLimitBytes = (heapMiB: number, semiSpaceMiB = SEMI_SPACE_MIB) => (heapMiB + 3 * semiSpaceMiB) * MIB

/** In MiB, for `--max-old-space-size`. */
export const heapMiBOf = (memoryBytes: number) => Math.floor((memoryBytes * HEAP_SHARE) / MIB)

/** Whether the old space is less than a container of this size has room for. */
export const isHeapTooSmall = (memoryBytes: number, heapMiB: number) => heapMiB * MIB < memoryBytes * MIN_HEAP_SHARE

/**
 * Node cannot change its heap once it runs, so the flag has to be right: Node 20 takes 259 MiB for granted in any small
 * container, and is killed when it uses them.
 *
 * @throws an Error that gives the flags
 */
export function requireFittingHeap({ memoryBytes }: Container, heapBytes: number): void {
  if (memoryBytes === undefined || heapBytes <= memoryBytes * MAX_HEAP_SHARE) return
  const heapMiB = heapMiBOf(memoryBytes)
  throw new Error(
    `The heap may grow to ${inMiB(heapBytes)} in a container of ${inMiB(memoryBytes)}, which would be killed. ` +
      `Start node with ${heapFlags(heapMiB).join(' ')}.`,
  )
}

export const heapFlags = (heapMiB: number): string[] => [
  `--max-old-space-size=${heapMiB}`,
  `--max-semi-space-size=${SEMI_SPACE_MIB}`,
]

/** The least memory in which {@link deriveLimits} finds room, with a heap of half of it. */
export function smallestMemoryBytes({ idleBytes, idleHeapBytes, chunkBytes }: Needs): number {
  const bytes = Math.max(idleBytes + chunkBytes / 2, (idleHeapBytes + chunkBytes / 2) / HEAP_SHARE)
  return Math.ceil(bytes / MIB) * MIB
}

/** Names what is short: the container, or the heap within it. */
function tooSmall(needs: Needs, memoryBytes: number | undefined, heapBytes = 0): string {
  const leastBytes = smallestMemoryBytes(needs)
  if (memoryBytes !== undefined && memoryBytes < leastBytes) {
    return `The container has ${inMiB(memoryBytes)} of memory; for one worst-case chunk ${needs.name} needs ${inMiB(leastBytes)}. Raise the limit.`
  }
  const leastHeapBytes = needs.idleHeapBytes + needs.chunkBytes / 2
  return `The heap is limited to ${inMiB(heapBytes)}; for one worst-case chunk ${needs.name} needs ${inMiB(leastHeapBytes)}. Start node with a larger --max-old-space-size.`
}

const inMiB = (bytes: number) => `${Math.floor(bytes / MIB)} MiB`
