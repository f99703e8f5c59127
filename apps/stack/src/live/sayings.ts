const MAX_KINDS = 200
const WARN = 40

/** What the syncers have logged as a warning or worse: how often each sentence, and the last line of it. */
export class Sayings {
  readonly #heard = new Map<string, { count: number; last: string }>()

  hear(line: string): void {
    const { level, msg } = parsed(line)
    if (level === undefined || level < WARN || msg === undefined) return
    const known = this.#heard.get(msg)
    if (known !== undefined) {
      known.count += 1
      known.last = line
    } else if (this.#heard.size < MAX_KINDS) this.#heard.set(msg, { count: 1, last: line })
  }

  count(msg: string): number {
    return this.#heard.get(msg)?.count ?? 0
  }

  forget(): void {
    this.#heard.clear()
  }

  /** For a report, the most frequent first. */
  get told(): string[] {
    const all = [...this.#heard].sort(([, a], [, b]) => b.count - a.count)
    return all.map(([msg, { count, last }]) => `${count} × ${msg}: ${last.slice(0, 300)}`)
  }
}

/** Whatever is not a line of the log says nothing. */
function parsed(line: string): { level?: number; msg?: string } {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}
