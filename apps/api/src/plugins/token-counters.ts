import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import type { Bounds } from '@rollcall/process-metrics'
import { LruMap } from 'toad-cache'
import { MAX_TOKENS } from '../tokens/token-book.js'

interface Window {
  count: number
  readonly endsAtMs: number
}

/**
 * The counters of the rate limit: a fixed window for each token. The library's own store does the same, but nobody can see
 * how much it holds.
 */
export function tokenCounters(bounds: Bounds, now: () => number) {
  const windows = new LruMap<Window>(MAX_TOKENS)
  let evictions = 0
  bounds.add('rate_limit_counters', {
    kind: 'cache',
    source: 'apps/api/src/plugins/token-counters.ts',
    holds: ['windows'],
    unit: 'tokens',
    size: () => windows.size,
    max: () => MAX_TOKENS,
    evictions: () => evictions,
  })

  return class TokenCounters implements FastifyRateLimitStore {
    incr(key: string, callback: (error: Error | null, result?: { current: number; ttl: number }) => void, ms: number) {
      const time = now()
      let window = windows.get(key)
      if (!window || window.endsAtMs <= time) {
        if (!window && windows.size >= MAX_TOKENS) evictions++
        window = { count: 0, endsAtMs: time + ms }
        windows.set(key, window)
      }
      window.count++
      callback(null, { current: window.count, ttl: window.endsAtMs - time })
    }

    child(): TokenCounters {
      return this
    }
  }
}
