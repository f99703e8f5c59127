import { Counter, type Registry } from 'prom-client'
import type { CacheLookupsOptions } from './cache-lookups.js'

/**
 * Tells Prometheus how the process was served, and what failed. Apart from the cache, so that a process that nobody asks for
 * metrics does not load what makes them.
 */
export function lookupCounters(registry: Registry): Required<Pick<CacheLookupsOptions, 'onServed' | 'onFailure'>> {
  const registers = [registry]
  const served = new Counter({
    name: 'rollcall_dns_cache_answers_total',
    help: 'Look-ups by how the process served them: fresh, stale, failed (all three from memory) or waited',
    labelNames: ['how'],
    registers,
  })
  const failures = new Counter({
    name: 'rollcall_dns_lookup_failures_total',
    help: 'Look-ups of host names that failed',
    registers,
  })
  return { onServed: (how) => served.inc({ how }), onFailure: () => failures.inc() }
}
