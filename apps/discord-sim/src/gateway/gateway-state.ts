import { GatewayCloseCodes } from 'discord-api-types/v10'
import { FaultBook } from '../faults/fault-book.js'
import type { Simulator } from '../simulator.js'
import type { EncodedDispatch } from './dispatch.js'
import { concerns, type FaultPoint, type GatewayFault, type Occasion, pointOf } from './fault.js'
import { GatewayJournal } from './gateway-journal.js'
import { wants } from './intents.js'
import type { Line } from './line.js'
import { MemberRequests } from './member-requests.js'
import type { Session } from './session.js'
import { SessionStarts } from './session-starts.js'
import { Sessions } from './sessions.js'
import { defaultGatewaySettings, type GatewaySettings } from './settings.js'

/** What a session may always keep, however many others there are. */
const MIN_LOG_BYTES = 65_536
const GUILDS_PER_SHARD = 1_000

/** What all connections of the gateway share. */
export class GatewayState {
  readonly settings: GatewaySettings = defaultGatewaySettings()
  readonly sessions = new Sessions()
  readonly lines = new Set<Line>()
  readonly faults = new FaultBook<GatewayFault>(pointOf)
  readonly starts: SessionStarts
  readonly journal: GatewayJournal
  readonly memberRequests: MemberRequests
  /** Guilds that Discord has lost sight of for a while. */
  readonly unavailableGuilds = new Set<string>()
  /** Shards that nobody gets to for a while. */
  readonly unavailableShards = new Set<number>()

  constructor(readonly simulator: Simulator) {
    this.starts = new SessionStarts(this.settings, simulator.nowMs)
    this.memberRequests = new MemberRequests(this.settings, simulator.nowMs)
    this.journal = new GatewayJournal(simulator.nowMs)
  }

  get guildCount(): number {
    return this.simulator.guilds.size + this.simulator.stubs.count
  }

  get recommendedShards(): number {
    return this.settings.shards ?? Math.max(1, Math.ceil(this.guildCount / GUILDS_PER_SHARD))
  }

  giveIfWanted(session: Session, event: EncodedDispatch): void {
    if (wants(session.intents, event, `${this.simulator.bot.id}`)) this.give(session, event)
  }

  /** Gives an event to a session, which sends it or keeps it, and notes that. */
  give(session: Session, event: EncodedDispatch): void {
    const { event_log_length, event_log_bytes } = this.settings
    const maxBytes = Math.max(MIN_LOG_BYTES, event_log_bytes / Math.max(1, this.sessions.size))
    const sent = session.line !== undefined
    const seq = session.dispatch(event, { maxLength: event_log_length, maxBytes })
    const { t, json: _json, ...subject } = event
    this.journal.sent.add({ session_id: session.id, shard: session.shard, seq, t, ...subject, sent })
  }

  drawFaults(point: FaultPoint, occasion: Occasion): readonly GatewayFault[] {
    return this.faults.draw((it) => it.route === point && concerns(it.fault, occasion))
  }

  /** Ends a session for good, and the connection's part in it. */
  endSession(session: Session): void {
    session.line = undefined
    this.sessions.delete(session)
  }

  /** What Discord does to a bot that identifies too often: all sessions end, and the token is good for nothing. */
  revokeToken(): void {
    this.simulator.settings.token_revoked = true
    for (const line of [...this.lines]) line.close(GatewayCloseCodes.AuthenticationFailed)
    for (const session of [...this.sessions]) this.endSession(session)
  }
}
