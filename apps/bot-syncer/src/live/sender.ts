import type { Logger } from 'pino'
import { confirmAll, type LiveQueue } from './core/live-queue.js'
import type { SharedClock } from './core/shared-clock.js'
import type { MemberItem } from './core/step.js'
import { type LiveApi, type Parcel, takeParcel } from './send/send-work.js'
import type { Entry, Settled } from './send/settled.js'

/** The longest that an event waits for company. */
export const FLUSH_MS = 100

/** So many events are worth a request at once. */
const FLUSH_EVENTS = 1_000

/** Requests at a time: half of the places that the API has for bulk requests; the others are for reconciles and processes like this. */
export const MAX_REQUESTS_IN_FLIGHT = 2

export interface SenderOptions {
  readonly queue: LiveQueue
  readonly api: LiveApi
  readonly clock: SharedClock
  readonly log: Logger
  /** An event's effects are stored. */
  readonly onStored: (entry: Entry, lagMs: number) => void
  readonly onRejected: (entry: Entry, kind: Parcel['kind']) => void
  /** Not even the mark of its guild is taken, and no other mark makes up for it: only a new session does. */
  readonly onMarkRefused: (entry: Entry, error: unknown) => void
  /** The API does not know the member; takes over what waits for it. */
  readonly lookUp: (entry: Entry<MemberItem>) => void
}

/**
 * Sends what waits: soon, in large requests, a few at a time, and never two of one guild. What the API does not take makes
 * its guild dirty; only then, or once it is stored, is an event confirmed.
 */
export class Sender {
  readonly #options: SenderOptions
  #timer: NodeJS.Timeout | undefined
  #isDue = false
  #inFlight = 0
  #isStopped = false
  #onIdle: (() => void) | undefined

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** To be called when something was added to the queue. */
  wake(): void {
    if (this.#isDue || this.#options.queue.events >= FLUSH_EVENTS) this.#pump()
    else
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#isDue = true
        this.#pump()
      }, FLUSH_MS)
  }

  /** Resolves once nothing waits and nothing is on its way. */
  async drain(): Promise<void> {
    const { queue } = this.#options
    while (this.#inFlight > 0 || queue.isReady) {
      this.#isDue = true
      this.#pump()
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
  }

  /** Sends nothing more. */
  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #pump(): void {
    while (!this.#isStopped && this.#inFlight < MAX_REQUESTS_IN_FLIGHT) {
      const parcel = takeParcel(this.#options.queue)
      if (parcel === undefined) {
        this.#isDue = false
        return
      }
      this.#inFlight += 1
      void this.#send(parcel)
    }
  }

  async #send(parcel: Parcel): Promise<void> {
    const { api, queue, log } = this.#options
    try {
      for (const settled of await parcel.send(api)) this.#settle(settled, parcel.kind)
    } catch (error) {
      // Only a client that was told to stop gives up: what was not confirmed is told again after the resume.
      if (!this.#isStopped) log.error({ err: error }, 'events not sent')
    }
    for (const { guildId } of parcel.works) queue.settle(guildId)
    this.#inFlight -= 1
    if (queue.isReady) this.wake()
    this.#onIdle?.()
  }

  #settle({ entry, outcome, error }: Settled, kind: Parcel['kind']): void {
    const { queue, clock, onStored, onRejected, onMarkRefused, lookUp } = this.#options
    const { guildId, shardId, item } = entry
    if (outcome === 'stored') {
      confirmAll(item.acks)
      onStored(entry, clock.monotonicMs() - item.receivedAtMs)
    } else if (outcome === 'unknown_member') lookUp(entry as Entry<MemberItem>)
    else if (kind === 'mark') onMarkRefused(entry, error)
    else {
      onRejected(entry, kind)
      const receipt = { stamp: clock.stamp(), receivedAtMs: clock.monotonicMs(), acks: item.acks }
      queue.add(guildId, shardId, { kind: 'mark', dirty: 'rejected' }, receipt)
    }
  }
}
