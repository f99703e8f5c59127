interface Key<K extends string> {
  readonly name: K
  readonly bytes: Uint8Array
}

/** The keys that a reader looks for, to be recognised by their bytes: no text is made of a key. */
export class JsonKeys<K extends string> {
  /** By length, which tells most of them apart. */
  readonly #byLength: Key<K>[][] = []

  /** @param names - ASCII without quotes and backslashes */
  constructor(names: readonly K[]) {
    for (const name of names) {
      const key = { name, bytes: Buffer.from(name) }
      this.#byLength[name.length] = [...(this.#byLength[name.length] ?? []), key]
    }
  }

  /** The key that stands from `start` up to `end`; `''` for one that is not looked for. */
  find(bytes: Uint8Array, start: number, end: number): K | '' {
    const candidates = this.#byLength[end - start]
    if (candidates === undefined) return ''
    for (let c = 0; c < candidates.length; c++) {
      const { name, bytes: expected } = candidates[c] as Key<K>
      let index = 0
      while (index < expected.length && bytes[start + index] === expected[index]) index++
      if (index === expected.length) return name
    }
    return ''
  }
}
