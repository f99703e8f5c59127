/** Something that was started and must be stopped. */
export interface Stoppable {
  stop(): Promise<unknown>
}

/** All that has been started, to be stopped in the reverse order: whoever depends on another goes first. */
export class Running implements Stoppable {
  readonly #started: Stoppable[] = []
  #stopping: Promise<void> | undefined

  get isStopping(): boolean {
    return this.#stopping !== undefined
  }

  /** @throws when everything is being stopped: what came too late is stopped at once */
  async add<T extends Stoppable>(starting: T | Promise<T>): Promise<T> {
    const started = await starting
    if (this.#stopping === undefined) {
      this.#started.push(started)
      return started
    }
    await started.stop()
    throw new Error('Stopped while starting')
  }

  /** Safe to call twice. One that cannot be stopped does not keep the others running. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopEach()
    return this.#stopping
  }

  async #stopEach(): Promise<void> {
    const faults: unknown[] = []
    for (const started of this.#started.toReversed()) {
      await started.stop().catch((error: unknown) => faults.push(error))
    }
    if (faults.length > 0) throw new AggregateError(faults, 'Not everything could be stopped')
  }
}
