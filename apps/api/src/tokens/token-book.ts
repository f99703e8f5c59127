import type { Scope } from '@rollcall/contract'
import type { Bounds } from '@rollcall/process-metrics'
import { UnauthorizedError } from '../errors.js'
import { hashKey } from './key.js'

/** Tokens that exist at the same time; `create` refuses one more, so that the book stays small. */
export const MAX_TOKENS = 1_000

/** A token as a request knows it. */
export interface KnownToken {
  readonly id: number
  readonly name: string
  readonly scopes: ReadonlySet<Scope>
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

export interface TokenStore {
  /** Every token, at most {@link MAX_TOKENS}, by the hex of its key's hash. */
  load(): Promise<Map<string, KnownToken>>
  /** Notes when these were last used, by id; milliseconds since 1970. */
  touch(uses: ReadonlyMap<number, number>): Promise<void>
}

export interface TokenBookOptions {
  /** A revocation counts, and a use is noted, after this time at the latest. */
  readonly maxAgeMs?: number
  /** An unknown key asks the store again, but not more often than this: guessing costs the database nothing. */
  readonly minAgeMs?: number
  readonly now?: () => number
  readonly onError?: (error: unknown) => void
}

/**
 * All tokens in memory, read again every few seconds by one query at a time: a request costs no query, and a flood of
 * wrong keys reaches no database.
 */
export class TokenBook {
  readonly #store: TokenStore
  readonly #options: Required<TokenBookOptions>
  #tokens = new Map<string, KnownToken>()
  #readAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  /** When each was last used, of those whose use is not noted; at most as many as there are tokens. */
  #used = new Map<number, number>()
  #noting: NodeJS.Timeout | undefined

  constructor(store: TokenStore, options: TokenBookOptions = {}) {
    this.#store = store
    this.#options = { maxAgeMs: 5_000, minAgeMs: 250, now: Date.now, onError: () => {}, ...options }
  }

  /**
   * @throws {@link UnauthorizedError} for a key that is unknown, expired or revoked
   * @throws the store's error when the tokens cannot be read: not knowing is not a refusal
   */
  async find(key: string): Promise<KnownToken> {
    const { maxAgeMs, minAgeMs, now } = this.#options
    const hash = hashKey(key).toString('hex')
    if (now() - this.#readAt > maxAgeMs) await this.#read()
    let token = this.#tokens.get(hash)
    if (!token && now() - this.#readAt > minAgeMs) {
      await this.#read()
      token = this.#tokens.get(hash)
    }
    if (!token) throw new UnauthorizedError('unknown')
    if (token.revokedAt || (token.expiresAt && token.expiresAt.getTime() <= now()))
      throw new UnauthorizedError('expired')
    this.#used.set(token.id, now())
    // When a token was last used is for people; no request waits for it or fails by it.
    this.#noting ??= setTimeout(() => void this.noteUses(), maxAgeMs).unref()
    return token
  }

  /** Notes what is not noted yet, which happens by itself every few seconds and has to be done before the process ends. */
  async noteUses(): Promise<void> {
    clearTimeout(this.#noting)
    this.#noting = undefined
    const uses = this.#used
    if (uses.size === 0) return
    // A use that comes meanwhile is noted next time.
    this.#used = new Map()
    try {
      await this.#store.touch(uses)
    } catch (error) {
      this.#used = new Map([...uses, ...this.#used])
      this.#options.onError(error)
    }
  }

  /** Names what this keeps among the bounds of the process. */
  addTo(bounds: Bounds): void {
    const of = { source: 'apps/api/src/tokens/token-book.ts', unit: 'tokens', max: () => MAX_TOKENS }
    bounds.add('tokens', { ...of, kind: 'cache', holds: ['#tokens'], size: () => this.#tokens.size })
    bounds.add('tokens_used', { ...of, kind: 'buffer', holds: ['#used'], size: () => this.#used.size })
  }

  #read(): Promise<void> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #load(): Promise<void> {
    this.#tokens = await this.#store.load()
    this.#readAt = this.#options.now()
  }
}
