import { getHeapStatistics } from 'node:v8'
import { deriveLimits, readContainer, requireFittingHeap, SYNCER_NEEDS } from '@rollcall/container-limits'
import { cacheLookups } from '@rollcall/name-cache'
import { Bounds } from '@rollcall/process-metrics'
import type { Logger } from 'pino'
import { type Config, ConfigError } from './config.js'
import { EXIT_CODES } from './exit-codes.js'
import { complain, createLog } from './report/log.js'

/** What every command works in, or the exit code where that cannot be had. There is a registry where there is a port. */
export async function prepare(config: Pick<Config, 'logLevel' | 'dnsCacheMs' | 'management'>) {
  const log = createLog(config.logLevel)
  const container = await fittingContainer(log)
  if (container === undefined) return EXIT_CODES.failed
  const { memoryLimitBytes, maxChunkBytes } = container
  const bounds = new Bounds()
  const operators = config.management && (await openToOperators(config.management))
  if (config.management && !operators) return EXIT_CODES.usage
  cacheLookups({ lifetimeMs: config.dnsCacheMs, bounds, ...operators?.lookupCounters })
  return { log, bounds, registry: operators?.registry, memoryLimitBytes, maxChunkBytes, stop: stopSignal() }

  async function openToOperators(address: { host: string; port: number }) {
    const { serveOperators } = await import('./operators.js')
    return serveOperators({ ...address, bounds, memoryLimitBytes, log })
  }
}

/** What the container has room for, or undefined, once it is said, where the worst chunk does not fit. */
async function fittingContainer(
  log: Logger,
): Promise<{ memoryLimitBytes: number | undefined; maxChunkBytes: number } | undefined> {
  const container = await readContainer()
  const { heap_size_limit: heapBytes } = getHeapStatistics()
  try {
    requireFittingHeap(container, heapBytes)
    // A chunk in flight, and the next one that is made ready meanwhile.
    const maxChunkBytes = deriveLimits(SYNCER_NEEDS, container, heapBytes).chunkBytes / 2
    log.info({ ...container, heapBytes, maxChunkBytes }, 'limits')
    return { memoryLimitBytes: container.memoryBytes, maxChunkBytes }
  } catch (error) {
    complain(`${error instanceof Error ? error.message : error}\n`)
    return undefined
  }
}

/** The configuration, or undefined, once it is said, where the environment is not complete. */
export function configAtHand<C>(read: (environment: NodeJS.ProcessEnv) => C): C | undefined {
  try {
    return read(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    complain(`${error.message}\n`)
    return undefined
  }
}

/** Once each: a second signal ends the process on the spot. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => controller.abort(new Error(`stopped by ${name}`)))
  }
  return controller.signal
}
