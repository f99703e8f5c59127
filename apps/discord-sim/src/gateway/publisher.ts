import { type Dispatch, type EncodedDispatch, encode, type Subject } from './dispatch.js'
import { Disturbances } from './disturbances.js'
import type { GatewayState } from './gateway-state.js'

/** From an event to the sessions: which of them, and whether a fault comes between. */
export class Publisher {
  readonly #disturbances: Disturbances

  constructor(readonly state: GatewayState) {
    this.#disturbances = new Disturbances(state, (event) => this.deliver(event))
  }

  /** Whether there is anybody to tell; without sessions no event is worth its making. */
  isHeard(guildId: string): boolean {
    return !this.state.sessions.ofGuild(guildId).next().done
  }

  publish(dispatch: Dispatch, subject: Subject): void {
    const { unavailableGuilds, journal } = this.state
    const event = encode(dispatch, subject)
    if (subject.guild_id !== undefined && unavailableGuilds.has(subject.guild_id)) {
      journal.disturbed.add({ ...subject, t: event.t, by: 'guild unavailable' })
      return
    }
    this.#disturbances.pass(event)
  }

  /** To all sessions of the guild's shard that have the intent, each with a number of its own. */
  deliver(event: EncodedDispatch): void {
    for (const session of [...this.state.sessions.ofGuild(event.guild_id)]) this.state.giveIfWanted(session, event)
  }
}
