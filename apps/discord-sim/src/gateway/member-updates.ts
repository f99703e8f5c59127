import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Guild } from '../guild/guild.js'
import type { Publisher } from './publisher.js'
import { toDispatch } from './to-dispatch.js'
import { drained } from './wire.js'

const MEMBERS_PER_TURN = 200
/** The next members wait while a connection has more than this unsent. */
const BUFFER_BYTES = 1_048_576

/** Member updates by the ten thousand, in the background, no faster than they are read, one cause after the other. */
export class MemberUpdates {
  #tail: Promise<void> = Promise.resolve()

  constructor(readonly publisher: Publisher) {}

  /** Tells of every member who is meant, as they are when it is their turn. */
  tell(guild: Guild, isMeant: (id: bigint) => boolean): void {
    this.#tail = this.#tail.then(() => this.#tell(guild, isMeant))
  }

  async #tell(guild: Guild, isMeant: (id: bigint) => boolean): Promise<void> {
    const { sessions, simulator } = this.publisher.state
    for (const page of guild.members.pages(MEMBERS_PER_TURN)) {
      if (!this.publisher.isHeard(guild.id)) return
      for (const member of page) {
        if (!isMeant(member.id)) continue
        const told = toDispatch(guild, { t: 'GUILD_MEMBER_UPDATE', member }, simulator.bot.id)
        if (told) this.publisher.publish(...told)
      }
      for (const { line } of sessions.ofGuild(guild.id)) if (line) await drained(line.wire, BUFFER_BYTES)
      await yieldToOthers()
    }
  }
}
