import { GatewayDispatchEvents as Event } from 'discord-api-types/v10'
import { ConflictError } from '../conflict-error.js'
import { encode } from './dispatch.js'
import { guildCreateOf } from './guilds-of-shard.js'
import type { Publisher } from './publisher.js'

const MAX_OUTAGES = 1_000

/** Lets guilds and shards be away for a while. */
export class Outages {
  readonly #timers = new Map<string, NodeJS.Timeout>()

  constructor(readonly publisher: Publisher) {}

  /** GUILD_DELETE with `unavailable`, nothing of the guild meanwhile, and GUILD_CREATE in the end. REST goes on. */
  guild(id: string, ms: number): void {
    const { unavailableGuilds } = this.publisher.state
    this.#begin(`guild ${id}`, ms, () => {
      unavailableGuilds.delete(id)
      const guild = this.publisher.state.simulator.guildOf(id)
      if (guild?.bot) this.publisher.deliver(guildCreateOf(guild))
    })
    unavailableGuilds.add(id)
    this.publisher.deliver(encode({ t: Event.GuildDelete, d: { id, unavailable: true } }, { guild_id: id }))
  }

  /** Its connections are cut, and whoever identifies or resumes as this shard is cut off too. */
  shard(id: number, ms: number, { keepSessions }: { keepSessions: boolean }): void {
    const { state } = this.publisher
    this.#begin(`shard ${id}`, ms, () => state.unavailableShards.delete(id))
    state.unavailableShards.add(id)
    const sessions = [...state.sessions].filter((it) => it.shard[0] === id)
    for (const session of sessions) {
      session.line?.drop('shard outage')
      if (!keepSessions) state.endSession(session)
    }
  }

  /** Every connection is cut at once, as when the machine goes down. */
  everything({ keepSessions }: { keepSessions: boolean }): void {
    const { state } = this.publisher
    for (const line of [...state.lines]) line.drop('outage')
    if (!keepSessions) for (const session of [...state.sessions]) state.endSession(session)
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  #begin(key: string, ms: number, end: () => void): void {
    if (this.#timers.has(key)) throw new ConflictError(`There is an outage of ${key} already`)
    if (this.#timers.size >= MAX_OUTAGES) throw new ConflictError(`At most ${MAX_OUTAGES} outages at one time`)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      end()
    }, ms)
    this.#timers.set(key, timer.unref())
  }
}
