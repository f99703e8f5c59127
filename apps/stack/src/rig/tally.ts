/** A fault for which there was time, and how much it hit: a fault that hit nothing proves nothing. */
export interface Strike {
  readonly name: string
  readonly hits: number
}

/** How often each kind of fault struck over all rounds, and how often it hit anything. */
export class Tally {
  readonly #kinds: Map<string, { struck: number; bit: number }>

  constructor(kinds: readonly string[]) {
    this.#kinds = new Map(kinds.map((kind) => [kind, { struck: 0, bit: 0 }]))
  }

  add(strikes: readonly Strike[]): void {
    for (const { name, hits } of strikes) {
      const kind = this.#kinds.get(name)
      if (kind === undefined) continue
      kind.struck++
      if (hits > 0) kind.bit++
    }
  }

  get total(): { struck: number; bit: number } {
    const kinds = [...this.#kinds.values()]
    return {
      struck: kinds.reduce((sum, { struck }) => sum + struck, 0),
      bit: kinds.reduce((sum, { bit }) => sum + bit, 0),
    }
  }

  /** Those that proved nothing. */
  get neverBit(): string[] {
    return [...this.#kinds].filter(([, { bit }]) => bit === 0).map(([kind]) => kind)
  }

  toString(): string {
    return [...this.#kinds].map(([kind, { struck, bit }]) => `${kind} ${bit}/${struck}`).join(', ')
  }
}
