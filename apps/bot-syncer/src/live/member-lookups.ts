import type { Logger } from 'pino'
import type { DiscordClient } from '../discord/client.js'
import type { Ack } from './core/acks.js'
import { confirmAll, type LiveQueue } from './core/live-queue.js'
import type { SharedClock } from './core/shared-clock.js'
import { joinAck } from './core/step.js'
import { encodeMember, type LiveApi } from './send/send-work.js'

export const MAX_LOOKUPS = 1_000

/** At a time; Discord's rate limit sets the pace. */
const CONCURRENCY = 2

export interface Lookup {
  readonly guildId: string
  readonly shardId: number
  readonly id: string
  readonly acks: readonly Ack[]
}

export interface MemberLookupsOptions {
  readonly discordOf: (guildId: string) => Pick<DiscordClient, 'getMember'>
  readonly api: LiveApi
  readonly queue: LiveQueue
  readonly clock: SharedClock
  readonly log: Logger
  readonly signal: AbortSignal
  readonly onArrival: () => void
}

/**
 * Asks Discord about single members of whom an event said too little, and writes the answer with the stamp of when it was
 * asked for. The event is not confirmed before. Whoever finds too many waiting makes the guild dirty instead.
 */
export class MemberLookups {
  readonly #options: MemberLookupsOptions
  readonly #waiting = new Map<string, Lookup & { readonly acks: Ack[] }>()
  #running = 0
  refused = 0

  constructor(options: MemberLookupsOptions) {
    this.#options = options
  }

  /** Waiting, and being asked for. */
  get size(): number {
    return this.#waiting.size + this.#running
  }

  add(lookup: Lookup): void {
    const key = `${lookup.guildId}/${lookup.id}`
    const known = this.#waiting.get(key)
    if (known !== undefined) for (const ack of lookup.acks) joinAck(known.acks, ack)
    else if (this.size >= MAX_LOOKUPS) {
      this.refused += 1
      this.#giveUp(lookup)
    } else this.#waiting.set(key, { ...lookup, acks: [...lookup.acks] })
    this.#pump()
  }

  #pump(): void {
    for (const [key, lookup] of this.#waiting) {
      if (this.#running >= CONCURRENCY) return
      this.#waiting.delete(key)
      this.#running += 1
      void this.#lookUp(lookup).finally(() => {
        this.#running -= 1
        this.#pump()
      })
    }
  }

  async #lookUp(lookup: Lookup): Promise<void> {
    const { discordOf, api, clock, log, signal } = this.#options
    const { guildId, shardId, id, acks } = lookup
    try {
      const stamp = clock.stamp()
      const member = await discordOf(guildId).getMember(BigInt(id), signal)
      // Who is not there has left, which an event of its own tells.
      if (member === undefined) return confirmAll(acks)
      const { user, nick, roles } = member
      const fields = {
        name: user.username,
        display_name: nick ?? user.global_name ?? user.username,
        discriminator: Number(user.discriminator),
        roles,
        in_guild: true,
      }
      const item = { id, fields, stamp, receivedAtMs: 0, bytes: 0, acks: [] }
      const { results } = await api.live.patchGuildMembers([encodeMember({ guildId, shardId, item })], signal)
      // Stale: a newer event told more, or asks again.
      if (results[0]?.verdict === 'failed') this.#giveUp(lookup)
      else confirmAll(acks)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ guild: guildId, err: error }, 'member not asked for, the guild will be reconciled')
      this.#giveUp(lookup)
    }
  }

  #giveUp({ guildId, shardId, acks }: Lookup): void {
    const { queue, clock, onArrival } = this.#options
    const receipt = { stamp: clock.stamp(), receivedAtMs: clock.monotonicMs(), acks }
    queue.add(guildId, shardId, { kind: 'mark', dirty: 'rejected' }, receipt)
    onArrival()
  }
}
