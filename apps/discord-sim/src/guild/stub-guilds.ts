import { ConflictError } from '../conflict-error.js'
import type { Guild, GuildSeed } from './guild.js'
import { hash32, SALT } from './hash.js'
import { STUB_ROLES } from './seeded-roles.js'

/** 19 digits, above the ids of the other seeded guilds. */
const FIRST_ID = 1_000_000_000_000_000_000n
/** A second and a bit between one stub and the next, so that ids differ in the bits that choose the shard. */
const STEP_MS = 1_009n
const STEP = STEP_MS << 22n

export const MAX_STUBS = 300_000
/** Stubs that differ from their seed. */
export const MAX_CHANGED_STUBS = 20_000
/** Stubs that were looked at and are as the seed says: making one again costs some microseconds. */
const MAX_REMEMBERED_STUBS = 1_000
/** A sharding has one list of indexes for each of its shards. During a resharding two are in use. */
const MAX_SHARDINGS = 3

/**
 * A great many small guilds, each a formula of (seed, index) until something in it changes: what a bot in 300,000
 * guilds is in. Ids ascend with the index, so the index is found back by division.
 */
export class StubGuilds {
  readonly #changed = new Map<string, Guild>()
  readonly #remembered = new Map<string, Guild>()
  readonly #shardings = new Map<number, readonly Int32Array[]>()

  constructor(
    readonly count: number,
    readonly seed: number,
    readonly make: (seed: GuildSeed) => Guild,
  ) {}

  get changedCount(): number {
    return this.#changed.size
  }

  /** Those that are no longer as their seed says. */
  get changed(): IterableIterator<Guild> {
    return this.#changed.values()
  }

  idAt(index: number): string {
    const place = BigInt(hash32(this.seed, index, SALT.stub)) % STEP_MS
    return `${FIRST_ID + BigInt(index) * STEP + (place << 22n)}`
  }

  has(id: string): boolean {
    return this.#indexOf(id) !== undefined
  }

  get(id: string): Guild | undefined {
    const known = this.#changed.get(id) ?? this.#remembered.get(id)
    if (known) return known
    const index = this.#indexOf(id)
    if (index === undefined) return undefined
    const guild = this.fresh(index)
    this.#remembered.set(id, guild)
    for (const oldest of this.#remembered.keys()) {
      if (this.#remembered.size <= MAX_REMEMBERED_STUBS) break
      this.#remembered.delete(oldest)
    }
    return guild
  }

  isChanged(id: string): boolean {
    return this.#changed.has(id)
  }

  /** The stub as its seed says, whatever has happened to it; remembered nowhere. */
  fresh(index: number): Guild {
    return this.make(this.seedAt(index))
  }

  seedAt(index: number): GuildSeed {
    const seed = hash32(this.seed, index, SALT.stub)
    return { id: this.idAt(index), seed, members: 20 + (seed % 480), roles: STUB_ROLES }
  }

  /**
   * To be called when a stub has changed.
   *
   * @throws {@link ConflictError} past {@link MAX_CHANGED_STUBS}; the change is forgotten then
   */
  keepChanged(guild: Guild): void {
    if (this.#changed.has(guild.id)) return
    this.#remembered.delete(guild.id)
    if (this.#changed.size >= MAX_CHANGED_STUBS)
      throw new ConflictError(`At most ${MAX_CHANGED_STUBS} stubs differ from their seed`)
    this.#changed.set(guild.id, guild)
  }

  /** Indexes of the stubs that a shard is sent, ascending. */
  ofShard(shardId: number, shardCount: number): Int32Array {
    let sharding = this.#shardings.get(shardCount)
    if (sharding === undefined) {
      sharding = this.#partition(shardCount)
      this.#shardings.set(shardCount, sharding)
      for (const oldest of this.#shardings.keys()) {
        if (this.#shardings.size <= MAX_SHARDINGS) break
        this.#shardings.delete(oldest)
      }
    }
    return sharding[shardId] as Int32Array
  }

  #partition(shardCount: number): Int32Array[] {
    const shardAt = (index: number) => Number((BigInt(this.idAt(index)) >> 22n) % BigInt(shardCount))
    const shards = Int32Array.from({ length: this.count }, (_, index) => shardAt(index))
    const sizes = new Int32Array(shardCount)
    for (const shard of shards) sizes[shard] = (sizes[shard] ?? 0) + 1
    const lists = Array.from(sizes, (size) => new Int32Array(size))
    const filled = new Int32Array(shardCount)
    shards.forEach((shard, index) => {
      const place = filled[shard] ?? 0
      const list = lists[shard] as Int32Array
      list[place] = index
      filled[shard] = place + 1
    })
    return lists
  }

  #indexOf(id: string): number | undefined {
    if (!/^\d{19}$/.test(id)) return undefined
    const index = Number((BigInt(id) - FIRST_ID) / STEP)
    return index >= 0 && index < this.count && this.idAt(index) === id ? index : undefined
  }
}
