import { type DirtyReason, type GatewaySession, isSnowflake, type Stamp } from '@rollcall/contract'
import {
  GatewayDispatchEvents,
  type GatewayDispatchPayload,
  type GatewayReadyDispatchData,
} from 'discord-api-types/v10'
import { type Ack, Acks } from './core/acks.js'
import type { LiveEvent } from './core/event.js'
import type { LiveQueue } from './core/live-queue.js'
import { mapDispatch } from './core/map-dispatch.js'
import type { SharedClock } from './core/shared-clock.js'

/**
 * So many guilds Discord lets one session have; those beyond are marked like the others, only not waited for.
 *
 * @see https://discord.com/developers/docs/events/gateway#sharding
 */
export const MAX_GUILDS_AWAITED = 2_500

export interface ShardIntakeOptions {
  readonly shardId: number
  /** From where the shard resumes. */
  readonly session: GatewaySession | undefined
  readonly queue: LiveQueue
  readonly clock: SharedClock
  /** Guilds that are not followed are passed over. */
  readonly isFollowed: (guildId: string) => boolean
  /** Asks Discord about a member of whom an event said too little. */
  readonly lookUp: (member: { guildId: string; shardId: number; id: string; ack: Ack }) => void
  readonly onEvent: (type: string, outcome: 'received' | 'coalesced' | 'dropped' | 'malformed') => void
  /** Something waits to be sent. */
  readonly onArrival: () => void
  /** Not even the marks of dropped guilds find room: the session has to be given up. */
  readonly onFull: () => void
}

/**
 * Takes in the events of one shard, at once and in their order, and knows from where it can be resumed: the last event below
 * which everything is stored.
 */
export class ShardIntake {
  readonly #options: ShardIntakeOptions
  #session: Omit<GatewaySession, 'sequence'> | undefined
  #acks: Acks | undefined
  /** Before it a session has no resume point: the marks of its guilds are not stored. */
  #firstSequence = 0
  /** Guilds that READY announced and whose GUILD_CREATE has not come yet. */
  #awaited = new Set<string>()
  lastEventAt: Stamp | undefined
  lagMs: number | undefined

  constructor(options: ShardIntakeOptions) {
    this.#options = options
    const { session } = options
    if (session === undefined) return
    this.#session = session
    this.#acks = new Acks(session.sequence)
    this.#firstSequence = session.sequence
  }

  /** Undefined as long as the session's guilds are not marked as dirty: what is stored of an earlier session then stays. */
  get resumePoint(): GatewaySession | undefined {
    if (this.#session === undefined || this.#acks === undefined) return undefined
    const sequence = this.#acks.confirmed
    return sequence < this.#firstSequence ? undefined : { ...this.#session, sequence }
  }

  /** Its session is new, and not all of its guilds have come in. */
  get isStarting(): boolean {
    return this.#awaited.size > 0
  }

  /** Guilds that the session has announced and that have not come in. */
  get awaited(): number {
    return this.#awaited.size
  }

  /** Events whose effects are not stored yet. */
  get open(): number {
    return this.#acks?.open ?? 0
  }

  dispatch(payload: GatewayDispatchPayload): void {
    if (payload.t === GatewayDispatchEvents.Ready) this.#ready(payload.d, payload.s)
    // Without a session: it was given up, and what still comes of it is made up for by the next.
    else if (this.#acks !== undefined) this.#event(this.#acks, payload)
  }

  /** Whether one of these is of its session, and keeps its resume point where it is. */
  holds(acks: readonly Ack[]): boolean {
    return acks.some((it) => it.of === this.#acks)
  }

  /** The session is over, whatever is still open of it. */
  abandon(): void {
    this.#acks = undefined
    this.#awaited.clear()
  }

  /** A new session: of what happened before it nothing was told, so every guild is dirty before it can be resumed. */
  #ready({ session_id, resume_gateway_url, guilds }: GatewayReadyDispatchData, sequence: number): void {
    this.#session = { session_id, resume_gateway_url }
    this.#firstSequence = sequence
    const acks = new Acks(sequence - 1)
    this.#acks = acks
    // Whatever it is: one entry that is no guild is no reason to do without the others.
    const ids = guilds.flatMap((it: { id?: unknown } | null) => {
      const id = it?.id
      return typeof id === 'string' && isSnowflake(id) && this.#options.isFollowed(id) ? [id] : []
    })
    this.#awaited = new Set(ids.slice(0, MAX_GUILDS_AWAITED))
    const ack = acks.receive(sequence)
    this.#options.onEvent(GatewayDispatchEvents.Ready, 'received')
    for (const id of ids) this.#add(id, { kind: 'mark', dirty: 'new_session' }, ack.addPart())
    ack.confirm()
    this.#options.onArrival()
  }

  #event(acks: Acks, { t, d, s: told }: GatewayDispatchPayload): void {
    // Without a number of its own it belongs to the one before.
    const s = Number.isSafeInteger(told) && told >= 0 ? told : acks.received
    const { shardId, isFollowed, lookUp, onEvent, onArrival } = this.#options
    const mapped = mapDispatch({ t, d }, (guildId) => this.#awaited.delete(guildId))
    if (mapped === undefined || mapped.guildId === undefined || !isFollowed(mapped.guildId)) {
      if (mapped !== undefined && 'malformed' in mapped) onEvent(t, 'malformed')
      acks.skip(s)
      return
    }
    const { guildId } = mapped
    const ack = acks.receive(s)
    onEvent(t, 'received')
    if ('malformed' in mapped) {
      onEvent(t, 'malformed')
      this.#add(guildId, dirty('rejected'), ack.addPart())
    } else {
      for (const event of mapped.events) this.#add(guildId, event, ack.addPart(), t)
      if (mapped.incomplete !== undefined) lookUp({ guildId, shardId, id: mapped.incomplete, ack: ack.addPart() })
    }
    ack.confirm()
    onArrival()
  }

  #add(guildId: string, event: LiveEvent, ack: Ack, type?: string): void {
    const { queue, clock, shardId, onEvent, onFull } = this.#options
    // After `onFull` there is nothing to wait for any more.
    if (ack.of !== this.#acks) return
    const receipt = { stamp: clock.stamp(), receivedAtMs: clock.monotonicMs(), acks: [ack] }
    const added = queue.add(guildId, shardId, event, receipt)
    if (type !== undefined && (added === 'coalesced' || added === 'dropped')) onEvent(type, added)
    if (added === 'full') onFull()
  }
}

const dirty = (reason: DirtyReason): LiveEvent => ({ kind: 'mark', dirty: reason })
