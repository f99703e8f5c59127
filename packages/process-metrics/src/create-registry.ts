import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { BoundReading, Bounds } from './bounds.js'
import { countDnsLookups } from './count-dns-lookups.js'

export interface RegistryOptions {
  readonly bounds: Bounds
  /** What the container may use; undefined where there is no limit. */
  readonly memoryLimitBytes?: number | undefined
}

/**
 * What every process of Rollcall tells Prometheus: CPU, memory and its limit, event loop, garbage collection, DNS look-ups,
 * and the size of everything that is bounded. `clear()` on the registry forgets them all.
 */
export function createRegistry({ bounds, memoryLimitBytes }: RegistryOptions): Registry {
  const register = new Registry()
  collectDefaultMetrics({ register })
  if (memoryLimitBytes !== undefined) {
    new Gauge({
      name: 'rollcall_memory_limit_bytes',
      help: 'Memory that the container may use; compare process_resident_memory_bytes',
      registers: [register],
    }).set(memoryLimitBytes)
  }
  countDnsLookups(
    new Counter({
      name: 'rollcall_dns_lookups_total',
      help: 'Look-ups of host names that were answered',
      registers: [register],
    }),
  )
  addBounds(register, bounds)
  return register
}

function addBounds(register: Registry, bounds: Bounds): void {
  const gauge = (name: string, help: string, value: (bound: BoundReading) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['name', 'kind', 'unit'],
      registers: [register],
      collect() {
        for (const bound of bounds.read()) {
          const { name, kind, unit } = bound
          this.set({ name, kind, unit }, value(bound))
        }
      },
    })
  gauge('rollcall_bound_size', 'What a cache, queue, pool or buffer holds', (it) => it.size)
  gauge('rollcall_bound_max', 'What it may hold at most', (it) => it.max)
  new Counter({
    name: 'rollcall_bound_evictions_total',
    help: 'What it threw out or turned away',
    labelNames: ['name', 'kind', 'unit'],
    registers: [register],
    collect() {
      // The bounds count by themselves; what they have is the counter's value.
      this.reset()
      for (const { name, kind, unit, evictions } of bounds.read()) this.inc({ name, kind, unit }, evictions)
    },
  })
}
