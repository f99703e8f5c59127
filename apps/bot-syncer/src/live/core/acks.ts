/**
 * An event, or several that travel as one, whose effects are not confirmed yet. It may consist of parts, such as a snapshot
 * and a mark; it is confirmed with the last of them.
 */
export class Ack {
  previous: Ack | undefined
  next: Ack | undefined
  #parts = 1

  constructor(
    readonly of: Acks,
    /** Where a resume would have to begin to be told this event again. */
    readonly sequenceBefore: number,
  ) {}

  /** One more thing has to be confirmed for it. */
  addPart(): this {
    this.#parts += 1
    return this
  }

  confirm(): void {
    this.#parts -= 1
    if (this.#parts === 0) this.of.remove(this)
  }
}

/**
 * How far the events of one gateway session are confirmed: the highest sequence below which nothing is open. What the
 * library has merely seen is no resume point: a process that died would not be told it again.
 *
 * A linked list of what is open, ascending by sequence; memory grows with that alone, and every step is constant work.
 */
export class Acks {
  #first: Ack | undefined
  #last: Ack | undefined
  #received: number
  #open = 0

  /** @param sequence - up to here everything is confirmed */
  constructor(sequence: number) {
    this.#received = sequence
  }

  /** A resume from here misses nothing. */
  get confirmed(): number {
    return this.#first?.sequenceBefore ?? this.#received
  }

  /** The highest sequence so far. */
  get received(): number {
    return this.#received
  }

  get open(): number {
    return this.#open
  }

  /** The event has effects: the confirmed sequence stays below it until its {@link Ack} is confirmed. */
  receive(sequence: number): Ack {
    const ack = new Ack(this, Math.min(this.#received, sequence - 1))
    this.#received = Math.max(this.#received, sequence)
    this.#open += 1
    // Events come in order; one that does not is put where it belongs.
    let after = this.#last
    while (after !== undefined && after.sequenceBefore > ack.sequenceBefore) after = after.previous
    this.#insert(ack, after)
    return ack
  }

  /** The event has no effects. */
  skip(sequence: number): void {
    this.#received = Math.max(this.#received, sequence)
  }

  remove(ack: Ack): void {
    if (ack.previous === undefined) this.#first = ack.next
    else ack.previous.next = ack.next
    if (ack.next === undefined) this.#last = ack.previous
    else ack.next.previous = ack.previous
    ack.previous = undefined
    ack.next = undefined
    this.#open -= 1
  }

  #insert(ack: Ack, after: Ack | undefined): void {
    ack.previous = after
    ack.next = after === undefined ? this.#first : after.next
    if (ack.next === undefined) this.#last = ack
    else ack.next.previous = ack
    if (after === undefined) this.#first = ack
    else after.next = ack
  }
}
