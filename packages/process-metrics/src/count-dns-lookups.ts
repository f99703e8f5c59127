import { PerformanceObserver } from 'node:perf_hooks'
import type { Counter } from 'prom-client'

/**
 * Counts look-ups of host names that leave the process, by whichever library; an address that is an IP already is none. A
 * resolver that is asked for every request is found by this rate. Node tells only of those that were answered.
 *
 * @returns ends the counting
 * @see https://nodejs.org/docs/latest-v20.x/api/perf_hooks.html#performanceentryentrytype
 */
export function countDnsLookups(counter: Counter): () => void {
  const observer = new PerformanceObserver((list) => counter.inc(list.getEntries().length))
  observer.observe({ entryTypes: ['dns'] })
  return () => observer.disconnect()
}
