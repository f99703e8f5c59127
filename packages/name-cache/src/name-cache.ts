import type { LookupAddress } from 'node:dns'
import { LRUCache } from 'lru-cache'
import { keyOf, type Question } from './question.js'

export interface NameCacheOptions {
  /** Asks the resolver; whatever it rejects with, callers get. */
  readonly resolve: (question: Question) => Promise<readonly LookupAddress[]>
  /** No question is asked again sooner, whether the resolver answered it or failed and an older answer serves. */
  readonly lifetimeMs: number
  /** How many answers are kept; the one that was not used for longest goes first. */
  readonly max?: number
  /** What is told of each question: how it was served. */
  readonly onServed?: ((how: Served) => void) | undefined
  /** Milliseconds, of a clock that only goes forward. */
  readonly now?: (() => number) | undefined
}

/**
 * `fresh`: within the lifetime. `stale`: after it, while the resolver is asked or fails. `waited`: from the resolver.
 * `failed`: with a failure that is at most a second old.
 */
export type Served = 'fresh' | 'stale' | 'waited' | 'failed'

/** For so long after the resolver gave it an answer may serve while the resolver fails. */
export const MAX_STALE_MS = 3_600_000

/** For so long a failure answers callers that have nothing better, so that they do not flood a resolver in trouble. */
export const FAILURE_MS = 1_000

/** A connection that failed has the name asked again within its lifetime, but not more often than this. */
export const DOUBT_MS = 5_000

export const MAX_NAMES = 200

interface Answer {
  readonly hostname: string
  readonly addresses: readonly LookupAddress[]
  readonly answeredAt: number
  /** When the resolver was last asked, with or without success. */
  readonly askedAt: number
  /** Somebody could not connect to it. */
  isDoubted: boolean
}

interface Failure {
  readonly error: unknown
  readonly askedAt: number
}

/**
 * Remembers what the resolver said. Callers who ask the same at the same time share one look-up; an answer that is past
 * its lifetime serves at once while one look-up renews it; and while the resolver fails, the last good answer serves for
 * up to an hour. Names move seldom, and an old address that is wrong costs a connection, which is what no address costs.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8767 (serving stale data to improve DNS resiliency)
 */
export class NameCache {
  readonly #lifetimeMs: number
  readonly #now: () => number
  readonly #resolve: NameCacheOptions['resolve']
  readonly #onServed: (how: Served) => void
  readonly #cache: LRUCache<string, Answer | Failure, Question>

  /** How many answers were dropped because there was no room. */
  evictions = 0

  constructor({ resolve, lifetimeMs, max = MAX_NAMES, onServed = () => {}, now }: NameCacheOptions) {
    this.#resolve = resolve
    this.#lifetimeMs = lifetimeMs
    this.#onServed = onServed
    this.#now = now ?? (() => performance.now())
    this.#cache = new LRUCache({
      max,
      ttl: lifetimeMs,
      ttlResolution: 0,
      perf: { now: this.#now },
      fetchMethod: (_key, held, { options, context }) => this.#ask(context, held, options),
      // Who waits for an answer gets it even if there is no room to keep it.
      ignoreFetchAbort: true,
      dispose: (_value, _key, reason) => {
        if (reason === 'evict') this.evictions += 1
      },
    })
  }

  get size(): number {
    return this.#cache.size
  }

  get max(): number {
    return this.#cache.max
  }

  /** @throws what the resolver failed with, when there is no answer that may still serve */
  async lookup(question: Question): Promise<readonly LookupAddress[]> {
    const key = keyOf(question)
    const held = this.#cache.peek(key, { allowStale: true })
    const how = this.#howServed(held)
    this.#onServed(how)
    const found = await this.#cache.fetch(key, {
      context: question,
      allowStale: how === 'stale' || how === 'fresh',
      forceRefresh: held !== undefined && isAnswer(held) && held.isDoubted && this.#now() - held.askedAt >= DOUBT_MS,
    })
    if (found === undefined) throw new Error(`The look-up of ${question.hostname} ended without a result`)
    if (!isAnswer(found)) throw found.error
    return found.addresses
  }

  /** A connection to this name failed: perhaps it has moved, so the next look-up may ask the resolver. */
  doubt(hostname: string): void {
    for (const held of this.#cache.values()) {
      if (isAnswer(held) && held.hostname === hostname) held.isDoubted = true
    }
  }

  #howServed(held: Answer | Failure | undefined): Served {
    if (held === undefined) return 'waited'
    if (!isAnswer(held)) return this.#now() - held.askedAt <= FAILURE_MS ? 'failed' : 'waited'
    const ageMs = this.#now() - held.answeredAt
    if (ageMs <= this.#lifetimeMs) return 'fresh'
    return ageMs <= MAX_STALE_MS ? 'stale' : 'waited'
  }

  /** Never rejects: a failure is a value too, with a lifetime of its own. */
  async #ask(question: Question, held: Answer | Failure | undefined, options: { ttl?: number }) {
    const { hostname } = question
    try {
      const addresses = await this.#resolve(question)
      const now = this.#now()
      return { hostname, addresses, answeredAt: now, askedAt: now, isDoubted: false }
    } catch (error) {
      const askedAt = this.#now()
      const leftMs = held !== undefined && isAnswer(held) ? held.answeredAt + MAX_STALE_MS - askedAt : 0
      if (held === undefined || !isAnswer(held) || leftMs <= 0) {
        options.ttl = FAILURE_MS
        return { error, askedAt }
      }
      options.ttl = Math.min(this.#lifetimeMs, leftMs)
      return { ...held, askedAt, isDoubted: false }
    }
  }
}

function isAnswer(held: Answer | Failure): held is Answer {
  return 'addresses' in held
}
