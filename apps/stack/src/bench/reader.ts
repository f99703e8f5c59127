import { setTimeout as delay } from 'node:timers/promises'

/** 80 a second, which the rate limit of a token lets through. */
const INTERVAL_MS = 12.5
const PAGE_MEMBERS = 50

export interface ReaderOptions {
  readonly url: string
  readonly token: string
  readonly guildId: bigint
  /** Of members, to read and to page from. */
  readonly ids: readonly string[]
}

/**
 * A website beside the sync: reads single members and pages of fifty by keyset, in turn, at a steady rate whether or not
 * the answers come. A latency counts from when the read was due, so that a queue shows.
 */
export class Reader {
  readonly #options: ReaderOptions

  constructor(options: ReaderOptions) {
    this.#options = options
  }

  /**
   * Reads for as long as `work` takes.
   *
   * @returns milliseconds of every read
   * @throws when one was not answered 200
   */
  async during(work: Promise<unknown>): Promise<number[]> {
    let isOver = false
    const over = work.finally(() => {
      isOver = true
    })
    // It may fail while we wait for something else.
    over.catch(() => {})
    const startedMs = performance.now()
    const reads: Promise<number>[] = []
    while (!isOver) {
      const dueMs = startedMs + reads.length * INTERVAL_MS
      await delay(Math.max(0, dueMs - performance.now()))
      const read = this.#read(reads.length, dueMs)
      read.catch(() => {})
      reads.push(read)
    }
    await over
    return Promise.all(reads)
  }

  async #read(number: number, dueMs: number): Promise<number> {
    const { url, token, guildId, ids } = this.#options
    // A step that shares no factor with any likely number of members wanders over all of them.
    const id = ids[(number * 7_919) % ids.length]
    const query = number % 2 === 0 ? `/${id}` : `?after=${id}&limit=${PAGE_MEMBERS}`
    const response = await fetch(`${url}/guilds/${guildId}/members${query}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    const body = await response.text()
    if (response.status !== 200) throw new Error(`A read was answered ${response.status}: ${body.slice(0, 200)}`)
    return performance.now() - dueMs
  }
}
