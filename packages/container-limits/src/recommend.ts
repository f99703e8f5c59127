import { deriveLimits, heapFlags, smallestMemoryBytes } from './derive-limits.js'
import { API_NEEDS, MIB } from './needs.js'

/** What a container has; `cpus` undefined is no quota. */
export interface Size {
  readonly memoryBytes: number
  readonly cpus: number | undefined
}

/**
 * The settings of the API for a container of this size, as a person reads them, and as a manifest has them.
 *
 * @throws when the container is too small, with the size that would do
 */
export function recommend({ memoryBytes, cpus }: Size): string {
  const { bulkInFlight, chunkBytes, poolSize } = deriveLimits(API_NEEDS, { memoryBytes, cpus })
  const memoryMiB = Math.floor(memoryBytes / MIB)
  const heapMiB = Math.floor(memoryMiB / 2)
  const slow = cpus !== undefined && cpus < 1
  return `${[
    `Memory ${memoryMiB} MiB, ${cpus === undefined ? 'no CPU quota' : `${cpus} CPU`}:`,
    `  heap                    ${heapMiB} MiB`,
    `  bulk requests in flight ${bulkInFlight}`,
    `  bytes in a chunk        ${chunkBytes}`,
    `  database connections    ${poolSize}`,
    `The API derives all but the heap by itself; it needs ${smallestMemoryBytes(API_NEEDS) / MIB} MiB at least.`,
    ...(slow ? ['A CPU quota below one core delays every request: rather set a request and no limit.'] : []),
    '',
    snippet(memoryMiB, heapMiB, cpus),
  ].join('\n')}\n`
}

const snippet = (memoryMiB: number, heapMiB: number, cpus: number | undefined) => `containers:
  - name: api
    command: [node, ${heapFlags(heapMiB).join(', ')}]
    args: [apps/api/dist/main.js]
    resources:
      requests:
        cpu: ${Math.round((cpus ?? 0.5) * 1_000)}m
        memory: ${memoryMiB}Mi
      limits:
        memory: ${memoryMiB}Mi${cpus === undefined ? '' : `\n        cpu: ${Math.round(cpus * 1_000)}m`}`
