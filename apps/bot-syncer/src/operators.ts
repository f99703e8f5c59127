import { lookupCounters } from '@rollcall/name-cache'
import { createRegistry, type RegistryOptions } from '@rollcall/process-metrics'
import { listenForOperators, type ManagementOptions } from './management.js'

/**
 * Makes what Prometheus is told and answers on the port for operators. All that is needed for it hangs on this file, which is
 * loaded where there is such a port.
 *
 * @returns undefined, once it is said, when the port cannot be had
 */
export async function serveOperators({
  memoryLimitBytes,
  ...options
}: Omit<ManagementOptions, 'registry'> & Pick<RegistryOptions, 'memoryLimitBytes'>) {
  const registry = createRegistry({ bounds: options.bounds, memoryLimitBytes })
  const server = await listenForOperators({ ...options, registry })
  return server && { registry, lookupCounters: lookupCounters(registry) }
}
