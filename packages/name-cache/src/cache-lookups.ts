import dns, { type LookupAddress } from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import type { Bounds } from '@rollcall/process-metrics'
import { NameCache, type Served } from './name-cache.js'
import { onFailedConnect } from './on-failed-connect.js'
import { type LookupCallback, type Question, readCall } from './question.js'

export interface CacheLookupsOptions {
  /** The same name is not looked up again sooner. */
  readonly lifetimeMs: number
  readonly bounds: Bounds
  /** What is told of each question: how it was served; see `lookupCounters`. */
  readonly onServed?: ((how: Served) => void) | undefined
  /** What is told of each look-up that failed. */
  readonly onFailure?: (() => void) | undefined
  /** Milliseconds, of a clock that only goes forward. */
  readonly now?: () => number
}

type Lookup = typeof dns.lookup

/**
 * Has `dns.lookup` remember, for the whole process: every connection by name goes through it, be it Node's `fetch`, undici,
 * `ws` or `pg`. Options and errors are Node's own. `dns.promises.lookup` and `dns.resolve*` are as they were.
 *
 * Call it before the first connection; a library that took `dns.lookup` aside while it was loaded is not reached.
 *
 * @returns puts Node's function back
 */
export function cacheLookups({ lifetimeMs, bounds, onServed, onFailure, now }: CacheLookupsOptions): () => void {
  const original = dns.lookup
  const cache = new NameCache({
    lifetimeMs,
    now,
    onServed,
    resolve: resolverFrom(original, onFailure),
  })
  bounds.add('host_names', {
    kind: 'cache',
    source: 'packages/name-cache/src/name-cache.ts',
    holds: ['#cache'],
    unit: 'names',
    size: () => cache.size,
    max: () => cache.max,
    evictions: () => cache.evictions,
  })
  const ignoreFailedConnects = onFailedConnect((hostname) => cache.doubt(hostname))
  put(remembering(original, cache))
  return () => {
    ignoreFailedConnects()
    put(original)
  }
}

/** Always asks for all addresses, which is the same work: who wants one gets the first, as from Node. */
function resolverFrom(lookup: Lookup, onFailure: CacheLookupsOptions['onFailure']) {
  return ({ hostname, ...options }: Question) =>
    new Promise<readonly LookupAddress[]>((resolve, reject) => {
      lookup(hostname, { ...options, all: true }, (error, addresses) => {
        if (!error) return resolve(addresses)
        onFailure?.()
        reject(error)
      })
    })
}

function remembering(original: Lookup, cache: NameCache): Lookup {
  const lookup = (...args: unknown[]) => {
    const call = readCall(args)
    if (call === undefined) return Reflect.apply(original, dns, args)
    const { question, all, callback } = call
    cache.lookup(question).then(
      (addresses) => answer(callback, addresses, all),
      (error) => process.nextTick(callback, error),
    )
    return {}
  }
  // `util.promisify(dns.lookup)` knows from a property of the function what to resolve with.
  for (const key of Object.getOwnPropertySymbols(original)) {
    Object.defineProperty(lookup, key, Object.getOwnPropertyDescriptor(original, key) ?? {})
  }
  return lookup as Lookup
}

/** On a tick of its own, so that what a callback throws is an uncaught exception and not a rejection. */
function answer(callback: LookupCallback, addresses: readonly LookupAddress[], all: boolean): void {
  const [first] = addresses
  // Copies: callers may sort or change what they get.
  if (all) process.nextTick(callback, null, structuredClone(addresses))
  else process.nextTick(callback, null, first?.address, first?.family)
}

function put(lookup: Lookup): void {
  dns.lookup = lookup
  syncBuiltinESMExports()
}
