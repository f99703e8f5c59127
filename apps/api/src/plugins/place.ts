import type { EventEmitter } from 'node:events'

/** What a request takes up: given back once, when whatever holds it is over, and never before. */
export class Place {
  #holders = 0
  readonly #giveBack: () => void

  constructor(giveBack: () => void) {
    this.#giveBack = giveBack
  }

  get isGivenBack(): boolean {
    return this.#holders === 0
  }

  /** Does this work and holds the place meanwhile. Only for one that has not been given back. */
  async during<T>(work: () => T | Promise<T>): Promise<T> {
    this.#holders++
    try {
      return await work()
    } finally {
      if (--this.#holders === 0) this.#giveBack()
    }
  }
}

/** Waits for the end of an answer or of a stream, whichever way it came. */
export const untilClosed = (it: Pick<EventEmitter, 'once'>): Promise<void> =>
  new Promise((resolve) => void it.once('close', resolve))
