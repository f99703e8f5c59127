import { APPS, type App, type AppName } from './apps.js'
import {
  deriveLimits,
  deriveQueue,
  heapFlags,
  heapLimitBytes,
  heapMiBOf,
  smallestMemoryBytes,
} from './derive-limits.js'
import { API_NEEDS, MIB } from './needs.js'
import { toBytes, toCpus } from './quantity.js'

/** What a container is to have; what is left out is as in k8s/. */
export interface Size {
  readonly memoryBytes?: number | undefined
  readonly cpus?: number | undefined
}

/**
 * The settings of a program for a container of this size, as a person reads them and as a patch for an overlay: the heap stands
 * in it beside the memory, because one without the other changes nothing, or kills.
 *
 * @throws when the container is too small, with the size that would do
 */
export function recommend(name: AppName, size: Size = {}): string {
  const app: App = APPS[name]
  const memoryBytes = size.memoryBytes ?? toBytes(app.memory)
  const cpus = size.cpus ?? toCpus(app.cpu)
  // The manifests set no CPU limit, so this is what the process will find.
  const { bulkInFlight, chunkBytes, poolSize } = deriveLimits(app.needs, { memoryBytes, cpus: undefined })
  const memoryMiB = Math.floor(memoryBytes / MIB)
  const heapMiB = heapMiBOf(memoryBytes)
  const settings =
    app.needs === API_NEEDS
      ? { 'bulk requests in flight': bulkInFlight, 'bytes in a chunk': chunkBytes, 'database connections': poolSize }
      : { 'bytes in a chunk': chunkBytes / 2, ...(name === 'live-syncer' && queueIn(heapMiB)) }
  const lines = Object.entries({ heap: `${heapMiB} MiB`, ...settings }).map(
    ([key, value]) => `  ${key.padEnd(23)} ${value}`,
  )
  return `${[
    `# ${name}: memory ${memoryMiB} MiB, ${millis(cpus)} CPU requested, no CPU limit`,
    ...lines.map((line) => `# ${line}`),
    `# All but the heap it derives by itself; it needs ${smallestMemoryBytes(app.needs) / MIB} MiB at least.`,
    patch(app, memoryMiB, heapMiB, cpus),
  ].join('\n')}\n`
}

/** What may wait of live events. */
function queueIn(heapMiB: number) {
  const { maxEvents, maxBytes } = deriveQueue(heapLimitBytes(heapMiB))
  return { 'events in the queue': maxEvents, 'bytes in the queue': maxBytes }
}

const millis = (cpus: number) => `${Math.round(cpus * 1_000)}m`

function patch(app: App, memoryMiB: number, heapMiB: number, cpus: number): string {
  const { apiVersion, kind, name, container, ephemeralStorage: storage } = app
  const command = ['node', ...heapFlags(heapMiB), ...app.nodeFlags, ...app.program]
  const path = kind === 'CronJob' ? ['jobTemplate', 'spec', 'template', 'spec'] : ['template', 'spec']
  const indent = '  '.repeat(path.length + 1)
  return [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    'metadata:',
    `  name: ${name}`,
    'spec:',
    ...path.map((key, depth) => `${'  '.repeat(depth + 1)}${key}:`),
    ...[
      'containers:',
      `  - name: ${container}`,
      `    command: [${command.join(', ')}]`,
      '    resources:',
      '      requests:',
      `        cpu: ${millis(cpus)}`,
      `        memory: ${memoryMiB}Mi`,
      `        ephemeral-storage: ${storage.request}`,
      '      limits:',
      `        memory: ${memoryMiB}Mi`,
      `        ephemeral-storage: ${storage.limit}`,
    ].map((line) => indent + line),
  ].join('\n')
}
