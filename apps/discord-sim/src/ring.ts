/** The newest `capacity` items, oldest first; what comes on top of that pushes the oldest out. */
export class Ring<T> {
  readonly #items: T[] = []
  #oldest = 0

  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#items.length
  }

  push(item: T): void {
    if (this.#items.length < this.capacity) {
      this.#items.push(item)
      return
    }
    this.#items[this.#oldest] = item
    this.#oldest = (this.#oldest + 1) % this.capacity
  }

  *[Symbol.iterator](): Generator<T> {
    for (let offset = 0; offset < this.#items.length; offset++) {
      yield this.#items[(this.#oldest + offset) % this.#items.length] as T
    }
  }
}
