import {
  API_NEEDS,
  deriveLimits,
  heapLimitBytes,
  isHeapTooSmall,
  type Needs,
  requireFittingHeap,
  SYNCER_NEEDS,
  toBytes,
} from '@rollcall/container-limits'
import type { IContainer } from 'kubernetes-models/v1'
import { containersOf, type Fault, type KubeObject, workloadsOf } from '../kube-object.js'

const OURS = /(?:^|\/)rollcall\/(api|bot-syncer)(?:[:@]|$)/

/**
 * The heap of ours is said beside their memory, and fits it. A flag in the image alone would stay what it is when somebody raises
 * the memory; and Node by itself takes more than a small container has.
 */
export function* heaps(objects: readonly KubeObject[]): Generator<Fault> {
  for (const workload of workloadsOf(objects)) {
    for (const { container, path } of containersOf(workload)) {
      if (!OURS.test(container.image ?? '')) continue
      const message = fault(container)
      if (message) yield { object: workload.object, path: `${path}.command`, message }
    }
  }
}

function fault(container: IContainer): string | undefined {
  const memoryBytes = memoryOf(container)
  if (memoryBytes === undefined) return undefined
  const heapMiB = flag(container, '--max-old-space-size')
  if (heapMiB === undefined) return 'must be node with --max-old-space-size, which `npm run limits` prints'
  const limits = { memoryBytes, cpus: undefined }
  const heapBytes = heapLimitBytes(heapMiB, flag(container, '--max-semi-space-size'))
  try {
    requireFittingHeap(limits, heapBytes)
    const needs = needsOf(container)
    if (needs) deriveLimits(needs, limits, heapBytes)
  } catch (error) {
    return error instanceof Error ? error.message : `${error}`
  }
  if (!isHeapTooSmall(memoryBytes, heapMiB)) return undefined
  return `a heap of ${heapMiB} MiB leaves most of ${container.resources?.limits?.memory} unused: raise both, as \`npm run limits\` prints them`
}

/** A quantity that nobody can read is the matter of the schema. */
function memoryOf({ resources }: IContainer): number | undefined {
  try {
    return toBytes(`${resources?.limits?.memory}`)
  } catch {
    return undefined
  }
}

function flag({ command = [] }: IContainer, name: string): number | undefined {
  const value = command.findLast((word) => word.startsWith(`${name}=`))?.split('=')[1]
  return value === undefined ? undefined : Number(value)
}

/** Migrations take no chunks. */
function needsOf({ image = '', args = [] }: IContainer): Needs | undefined {
  if (OURS.exec(image)?.[1] === 'bot-syncer') return SYNCER_NEEDS
  return args[0] === 'apps/api/dist/main.js' ? API_NEEDS : undefined
}
