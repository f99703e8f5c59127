import type { Ack } from './acks.js'
import type { LiveEvent } from './event.js'
import { Lane, type Receipt } from './lane.js'
import type { Step, StepKind } from './step.js'

export interface QueueLimits {
  /** Of all guilds, merged events counted once. */
  readonly maxEvents: number
  readonly maxBytes: number
  /** Of both, for one guild: 0 to 1. */
  readonly guildShare: number
  /** Guilds whose events were dropped and whose mark was not sent yet. */
  readonly maxOverflowed: number
}

/** A step of a guild, taken out to be sent. */
export interface Work<S extends Step = Step> {
  readonly guildId: string
  readonly shardId: number
  readonly step: S
}

/** `full`: not even the mark of a dropped guild finds room; only a new session makes up for that. */
export type Added = 'queued' | 'coalesced' | 'dropped' | 'full'

const KINDS = ['mark', 'guild', 'role', 'role_deletion', 'members'] as const

/**
 * What waits to be sent, of all guilds: a lane for each guild of which something waits or is on its way, and nothing for the
 * others. Bounded in events and bytes, for all and for one guild; a guild beyond it loses its events and becomes dirty.
 */
export class LiveQueue {
  readonly #limits: QueueLimits
  readonly #lanes = new Map<string, Lane>()
  /** Lanes of which nothing is on its way, by the kind of their first step, the longest waiting first. */
  readonly #ready: Record<StepKind, Set<Lane>> = {
    mark: new Set(),
    guild: new Set(),
    role: new Set(),
    role_deletion: new Set(),
    members: new Set(),
  }
  #overflowed = 0
  events = 0
  bytes = 0
  dropped = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get guilds(): number {
    return this.#lanes.size
  }

  get overflowed(): number {
    return this.#overflowed
  }

  /** Whether there is something to send now. */
  get isReady(): boolean {
    return KINDS.some((kind) => this.#ready[kind].size > 0)
  }

  /** How full it is: 0 to 1, or a little more. */
  get fill(): number {
    return Math.max(this.events / this.#limits.maxEvents, this.bytes / this.#limits.maxBytes)
  }

  add(guildId: string, shardId: number, event: LiveEvent, receipt: Receipt): Added {
    let lane = this.#lanes.get(guildId)
    if (lane === undefined) {
      lane = new Lane(guildId, shardId)
      this.#lanes.set(guildId, lane)
    }
    const added = this.#change(lane, () => lane.add(event, receipt))
    if (added === 'dropped') this.dropped += 1
    if (added === 'dropped' || lane.isOverflowed || this.#hasRoom(lane)) return added
    this.#change(lane, () => {
      this.dropped += lane.items
      lane.overflow(receipt)
    })
    return this.#overflowed > this.#limits.maxOverflowed ? 'full' : 'dropped'
  }

  /**
   * Takes steps of one kind, one of each guild, until there are `maxItems`, or about `maxBytes`; each guild then waits for
   * {@link settle}.
   */
  take<K extends StepKind>(
    kind: K,
    maxItems: number,
    maxBytes = Number.POSITIVE_INFINITY,
  ): Work<Extract<Step, { kind: K }>>[] {
    const taken: Work[] = []
    const bytesBefore = this.bytes
    let items = 0
    for (const lane of this.#ready[kind]) {
      if (items >= maxItems || bytesBefore - this.bytes >= maxBytes) break
      this.#ready[kind].delete(lane)
      lane.isBusy = true
      const step = this.#change(lane, () => lane.take(maxItems - items))
      items += step.kind === 'members' ? step.items.size : 1
      taken.push({ guildId: lane.guildId, shardId: lane.shardId, step })
    }
    return taken as Work<Extract<Step, { kind: K }>>[]
  }

  /** What was taken of the guild has arrived. */
  settle(guildId: string): void {
    const lane = this.#lanes.get(guildId)
    if (lane === undefined) return
    lane.isBusy = false
    this.#place(lane)
  }

  /** Forgets what waits of the guilds of a shard, unconfirmed. */
  dropShard(shardId: number): void {
    for (const lane of this.#lanes.values()) {
      if (lane.shardId !== shardId) continue
      this.dropped += lane.items
      if (lane.head !== undefined) this.#ready[lane.head.kind].delete(lane)
      this.#change(lane, () => lane.clear())
    }
  }

  #hasRoom(lane: Lane): boolean {
    const { maxEvents, maxBytes, guildShare } = this.#limits
    if (lane.head?.kind === 'mark' && lane.items === 1) return true
    return (
      this.events <= maxEvents &&
      this.bytes <= maxBytes &&
      lane.items <= maxEvents * guildShare &&
      lane.bytes <= maxBytes * guildShare
    )
  }

  /** Keeps the totals, and the lane where it belongs. */
  #change<T>(lane: Lane, change: () => T): T {
    const { items, bytes, isOverflowed, head } = lane
    const result = change()
    this.events += lane.items - items
    this.bytes += lane.bytes - bytes
    this.#overflowed += Number(lane.isOverflowed) - Number(isOverflowed)
    if (head !== lane.head && head !== undefined) this.#ready[head.kind].delete(lane)
    if (!lane.isBusy) this.#place(lane)
    return result
  }

  #place(lane: Lane): void {
    if (lane.isBusy) return
    if (lane.head !== undefined) this.#ready[lane.head.kind].add(lane)
    else this.#lanes.delete(lane.guildId)
  }
}

/** To be confirmed: whatever the step was about has arrived. */
export function confirmAll(acks: readonly Ack[]): void {
  for (const ack of acks) ack.confirm()
}
