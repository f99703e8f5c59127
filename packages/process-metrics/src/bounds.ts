/** What something that holds things is for. */
export type BoundKind = 'cache' | 'queue' | 'pool' | 'buffer'

/** Something that holds things, and how many it may hold. */
export interface Bound {
  readonly kind: BoundKind
  /** The source file that keeps it, from the root of the repository. */
  readonly source: string
  /**
   * The collections that are counted, by the names that they have there: `#tokens`; of another file `file:#name`. None where
   * a library keeps them, or nothing but a number is kept.
   */
  readonly holds?: readonly string[]
  /** What is counted: `tokens`, `bytes`. */
  readonly unit: string
  readonly size: () => number
  readonly max: () => number
  /** How many were thrown out, or turned away, because it was full. */
  readonly evictions?: () => number
}

/** A bound at one moment. */
export interface BoundReading extends Required<Pick<Bound, 'kind' | 'source' | 'holds' | 'unit'>> {
  readonly name: string
  readonly size: number
  readonly max: number
  readonly evictions: number
}

/**
 * Every cache, queue, pool and buffer of the process: what is not named here must not outlive a request. `GET /bounds`
 * shows them to a person, the metrics to a graph.
 */
export class Bounds {
  readonly #bounds = new Map<string, Bound>()

  /** @throws when the name is taken: two holders behind one name would hide each other */
  add(name: string, bound: Bound): void {
    if (this.#bounds.has(name)) throw new Error(`There is a bound named ${name} already`)
    this.#bounds.set(name, bound)
  }

  read(): BoundReading[] {
    return [...this.#bounds].map(([name, { kind, source, holds = [], unit, size, max, evictions }]) => ({
      name,
      kind,
      source,
      holds,
      unit,
      size: size(),
      max: max(),
      evictions: evictions?.() ?? 0,
    }))
  }
}
