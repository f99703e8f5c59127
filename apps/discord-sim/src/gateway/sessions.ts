import type { Session } from './session.js'

/** Attached and waiting ones together; past that the one that has waited longest is forgotten. */
const MAX_SESSIONS = 5_000

/** The shard that a guild's events go to. @see https://discord.com/developers/docs/events/gateway#sharding */
export function shardOf(guildId: string, shardCount: number): number {
  return Number((BigInt(guildId) >> 22n) % BigInt(shardCount))
}

/** All sessions that can be sent to or resumed, found by id and by shard. */
export class Sessions {
  readonly #byId = new Map<string, Session>()
  /** By number of shards, then by shard: sessions of different shardings run side by side. */
  readonly #byShard = new Map<number, Map<number, Set<Session>>>()
  readonly #expiries = new Map<Session, NodeJS.Timeout>()

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#byId.values()
  }

  get(id: string): Session | undefined {
    return this.#byId.get(id)
  }

  add(session: Session): void {
    if (this.#byId.size >= MAX_SESSIONS) this.#dropOneWaiting()
    const [shardId, shardCount] = session.shard
    const shards = this.#byShard.get(shardCount) ?? new Map<number, Set<Session>>()
    const sessions = shards.get(shardId) ?? new Set<Session>()
    this.#byId.set(session.id, session)
    this.#byShard.set(shardCount, shards.set(shardId, sessions.add(session)))
  }

  /** The session can be resumed for so long; then it is no more. */
  expireAfter(session: Session, windowMs: number): void {
    this.keep(session)
    this.#expiries.set(session, setTimeout(() => this.delete(session), windowMs).unref())
  }

  /** It has a connection again. */
  keep(session: Session): void {
    clearTimeout(this.#expiries.get(session))
    this.#expiries.delete(session)
  }

  delete(session: Session): void {
    this.keep(session)
    this.#byId.delete(session.id)
    const [shardId, shardCount] = session.shard
    const shards = this.#byShard.get(shardCount)
    const sessions = shards?.get(shardId)
    sessions?.delete(session)
    if (sessions?.size === 0) shards?.delete(shardId)
    if (shards?.size === 0) this.#byShard.delete(shardCount)
  }

  /** Those that events of this guild go to; without a guild, those of every shard 0. */
  *ofGuild(guildId: string | undefined): Generator<Session> {
    for (const [shardCount, shards] of this.#byShard) {
      const shardId = guildId === undefined ? 0 : shardOf(guildId, shardCount)
      yield* shards.get(shardId) ?? []
    }
  }

  #dropOneWaiting(): void {
    const [longest] = this.#expiries.keys()
    if (longest) this.delete(longest)
  }
}
