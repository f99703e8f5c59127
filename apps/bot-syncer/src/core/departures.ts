import type { Snowflake } from '@rollcall/contract'

/** Eight bytes each: 8 MB at most. What is beyond is left to the next run. */
export const MAX_DEPARTURES_PER_RUN = 1_000_000

const PAGE_IDS = 1_000

/** The ids that only the mirror has, collected until the whole guild was read; past a limit they are only counted. */
export class Departures {
  readonly #limit: number
  readonly #withdrawn = new Set<Snowflake>()
  #ids: BigInt64Array
  #kept = 0
  #count = 0

  constructor(limit: number = MAX_DEPARTURES_PER_RUN) {
    this.#limit = limit
    this.#ids = new BigInt64Array(Math.min(limit, 1_024))
  }

  /** How many were found, kept or not. */
  get count(): number {
    return this.#count
  }

  get kept(): number {
    return this.#kept
  }

  add(id: Snowflake): void {
    this.#count += 1
    if (this.#kept === this.#limit) return
    if (this.#kept === this.#ids.length) this.#grow()
    this.#ids[this.#kept] = id
    this.#kept += 1
  }

  /** The ids that were kept, in the order in which they were added. */
  *[Symbol.iterator](): Generator<Snowflake> {
    for (let index = 0; index < this.#kept; index += 1) yield this.#ids[index] as Snowflake
  }

  /** The same in pages, without those that were withdrawn. */
  *pages(): Generator<Snowflake[]> {
    for (let index = 0; index < this.#kept; index += PAGE_IDS) {
      const ids = [...this.#ids.subarray(index, Math.min(index + PAGE_IDS, this.#kept))]
      yield this.#withdrawn.size === 0 ? ids : ids.filter((id) => !this.#withdrawn.has(id))
    }
  }

  /** One of a {@link sample} that did not depart after all. */
  withdraw(id: Snowflake): void {
    this.#withdrawn.add(id)
  }

  /** At most `size` of the kept ids, evenly spread, the first and the last among them. */
  sample(size: number): Snowflake[] {
    if (this.#kept <= size) return [...this]
    const step = (this.#kept - 1) / (size - 1)
    return Array.from({ length: size }, (_, index) => this.#ids[Math.round(index * step)] as Snowflake)
  }

  #grow(): void {
    const larger = new BigInt64Array(Math.min(this.#limit, this.#ids.length * 2))
    larger.set(this.#ids)
    this.#ids = larger
  }
}
