type Name = 'api' | 'syncer'

/** The most that each process used in any run. */
export class Peaks {
  readonly #peaks: Partial<Record<Name, number>> = {}

  note(seen: Readonly<Record<Name, number | undefined>>): void {
    for (const name of ['api', 'syncer'] as const) {
      const peak = Math.max(this.#peaks[name] ?? 0, seen[name] ?? 0)
      if (peak > 0) this.#peaks[name] = peak
    }
  }

  /** Undefined where the system does not tell. */
  get mebibytes(): Readonly<Record<Name, number | undefined>> {
    return { api: this.#peaks.api, syncer: this.#peaks.syncer }
  }
}
