import type { EncodedDispatch } from './dispatch.js'
import type { GatewayFault } from './fault.js'
import type { GatewayState } from './gateway-state.js'

/** Events that are held back at one time; what comes on top of that goes through. */
const MAX_HELD = 10_000

/** An event that waits for another one to overtake it. */
interface Held {
  readonly event: EncodedDispatch
  readonly scope: 'guild' | 'guilds'
  readonly timer: NodeJS.Timeout
}

/**
 * What faults make of the stream of events, before sessions number them: some never arrive, some arrive twice, late, or
 * after one that happened later.
 */
export class Disturbances {
  #held: Held[] = []
  #delayed = 0

  constructor(
    readonly state: GatewayState,
    readonly deliver: (event: EncodedDispatch) => void,
  ) {}

  /** Delivers the event as the drawn faults say, and those that waited for it. */
  pass(event: EncodedDispatch): void {
    const { t, guild_id } = event
    // Whatever waits for other guilds keeps its place within its own.
    for (const it of this.#held) if (it.scope === 'guilds' && it.event.guild_id === guild_id) this.#release(it)
    const [fault] = this.state.drawFaults('event', { event: t, guild_id })
    const overtaken = this.#overtakenBy(event)
    if (fault === undefined) this.deliver(event)
    else this.#disturb(event, fault)
    for (const it of overtaken) this.#release(it)
  }

  #disturb(event: EncodedDispatch, fault: GatewayFault): void {
    const { json: _json, ...record } = event
    this.state.journal.disturbed.add({ ...record, by: fault.fault })
    const isFull = this.#held.length + this.#delayed >= MAX_HELD
    if (fault.fault === 'drop_event') return
    if (fault.fault === 'swap_events' && !isFull) this.#hold(event, fault.scope, fault.max_wait_ms)
    else if (fault.fault === 'delay_event' && !isFull) this.#delay(event, fault.ms)
    else {
      this.deliver(event)
      if (fault.fault === 'double_event') this.deliver(event)
    }
  }

  #hold(event: EncodedDispatch, scope: Held['scope'], maxWaitMs: number): void {
    const timer = setTimeout(() => this.#release(held), maxWaitMs).unref()
    const held = { event, scope, timer }
    this.#held.push(held)
  }

  #delay(event: EncodedDispatch, ms: number): void {
    this.#delayed += 1
    setTimeout(() => {
      this.#delayed -= 1
      this.deliver(event)
    }, ms).unref()
  }

  /** Of the same guild or of another one, as the fault wanted. */
  #overtakenBy({ guild_id }: EncodedDispatch): Held[] {
    return this.#held.filter(({ event, scope }) => (event.guild_id === guild_id) === (scope === 'guild'))
  }

  #release(held: Held): void {
    if (!this.#held.includes(held)) return
    clearTimeout(held.timer)
    this.#held = this.#held.filter((it) => it !== held)
    this.deliver(held.event)
  }
}
