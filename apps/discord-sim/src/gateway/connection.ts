import { GatewayCloseCodes as Code, GatewayOpcodes as Op } from 'discord-api-types/v10'
import { closeOf, endsSession, reasonOf } from './close-codes.js'
import type { EncodedDispatch } from './dispatch.js'
import { type FaultPoint, findFault } from './fault.js'
import type { GatewayState } from './gateway-state.js'
import { identify } from './identify.js'
import type { Line } from './line.js'
import { Heartbeat, Identify, MAX_PAYLOAD_BYTES, Payload, RequestMembers, Resume } from './payloads.js'
import { requestMembers } from './request-members.js'
import { resume } from './resume.js'
import { SendWindow } from './send-window.js'
import type { Session } from './session.js'
import { leavesUsable, strike } from './strike.js'
import type { Wire } from './wire.js'

/** Where a client came in, and where it is told to come back. */
export interface ConnectionAddress {
  readonly resumeUrl: string
  readonly atResumeUrl: boolean
}

/** Heartbeats that a client may leave out before it counts as gone. */
const MISSED_HEARTBEATS = 2

/**
 * One client's WebSocket. Hello is said at once; then the client either identifies or resumes, and has a session from
 * there on. Everything that a client does wrong ends in a close code.
 *
 * @see https://discord.com/developers/docs/events/gateway#connection-lifecycle
 */
export class Connection implements Line {
  session: Session | undefined
  isLive = false
  readonly #sends: SendWindow
  #watch: NodeJS.Timeout | undefined
  #silent = false
  #closed = false

  constructor(
    readonly id: number,
    readonly state: GatewayState,
    readonly wire: Wire,
    readonly address: ConnectionAddress,
  ) {
    this.#sends = new SendWindow(state.settings, state.simulator.nowMs)
  }

  open() {
    const faults = this.suffer('connect')
    if (faults === undefined || findFault(faults, 'no_hello')) return
    const { heartbeat_interval_ms } = this.state.settings
    this.send({ op: Op.Hello, d: { heartbeat_interval: heartbeat_interval_ms } })
    this.#expectHeartbeat(heartbeat_interval_ms)
  }

  /** @param text - one payload as it came */
  receive(text: string) {
    if (this.#closed || this.#silent) return
    if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) return this.close(Code.DecodeError)
    if (!this.#sends.take()) return this.close(Code.RateLimited)
    try {
      this.#handle(Payload.parse(JSON.parse(text)))
    } catch (error) {
      // Whatever does not parse, at whatever depth, is one thing to Discord.
      this.close(closeOf(error))
    }
  }

  send(payload: { readonly op: number; readonly d?: unknown }): void {
    if (!this.#silent) this.wire.send(JSON.stringify({ t: null, s: null, ...payload, d: payload.d ?? null }))
  }

  sendEvent(payload: string, event: EncodedDispatch) {
    if (this.#silent) return
    this.wire.send(payload)
    if (this.wire.bufferedBytes > this.state.settings.max_buffered_bytes) return this.drop('slow reader')
    this.suffer('dispatch', event)
  }

  invalidate(resumable: boolean): void {
    const { session } = this
    this.send({ op: Op.InvalidSession, d: resumable })
    if (session === undefined) return
    this.#detach()
    if (!resumable) this.state.endSession(session)
  }

  hush(): void {
    this.#silent = true
    clearTimeout(this.#watch)
  }

  close(code: number): void {
    if (this.#closed) return
    this.wire.close(code, reasonOf(code))
    this.#ended('simulator', code, reasonOf(code))
  }

  drop(reason: string): void {
    if (this.#closed) return
    this.wire.drop()
    this.#ended('simulator', 1_006, reason)
  }

  /** To be called when the socket is closed, by whomever. */
  closed(code: number): void {
    if (!this.#closed) this.#ended('client', code, '')
  }

  /** Puts a session on this connection; the one that was on it before is taken off. */
  attach(session: Session): void {
    if (session.line && session.line !== this) session.line.drop('resumed elsewhere')
    this.state.sessions.keep(session)
    session.line = this
    session.detachedMs = undefined
    this.session = session
  }

  /**
   * Draws the faults of this point and does what a connection can suffer of them.
   *
   * @returns the others; undefined when the connection is of no more use
   */
  suffer(point: FaultPoint, { t, guild_id }: Partial<EncodedDispatch> = {}, shard = this.session?.shard[0]) {
    const drawn = this.state.drawFaults(point, { shard, guild_id, ...(t === undefined ? {} : { event: t }) })
    const struck = drawn.filter((fault) => strike(this, fault))
    return struck.every(leavesUsable) ? drawn.filter((fault) => !struck.includes(fault)) : undefined
  }

  #handle({ op, d }: Payload) {
    switch (op) {
      case Op.Heartbeat:
        return this.#heartbeat(Heartbeat.parse(d ?? null))
      case Op.Identify:
        if (this.session) return this.close(Code.AlreadyAuthenticated)
        return identify(this, Identify.parse(d))
      case Op.Resume:
        if (this.session) return this.close(Code.AlreadyAuthenticated)
        return resume(this, Resume.parse(d))
      case Op.PresenceUpdate:
      case Op.VoiceStateUpdate:
        if (this.session === undefined) this.close(Code.NotAuthenticated)
        return
      case Op.RequestGuildMembers:
        if (this.session === undefined) return this.close(Code.NotAuthenticated)
        return requestMembers(this.state, this, this.session, RequestMembers.parse(d))
      default:
        return this.close(Code.UnknownOpcode)
    }
  }

  #heartbeat(seq: number | null) {
    this.state.journal.heartbeats += 1
    this.#expectHeartbeat(this.state.settings.heartbeat_interval_ms)
    if (this.session && seq !== null && seq > this.session.seq) return this.close(Code.InvalidSeq)
    const faults = this.suffer('heartbeat')
    if (faults === undefined || findFault(faults, 'no_ack')) return
    this.send({ op: Op.HeartbeatAck })
  }

  #expectHeartbeat(intervalMs: number): void {
    clearTimeout(this.#watch)
    this.#watch = setTimeout(() => this.close(Code.SessionTimedOut), intervalMs * MISSED_HEARTBEATS).unref()
  }

  /** The session waits for a resume from here on. */
  #detach(): void {
    const { session, state } = this
    this.session = undefined
    this.isLive = false
    if (session === undefined || session.line !== this) return
    session.line = undefined
    session.detachedMs = state.simulator.nowMs()
    state.sessions.expireAfter(session, state.settings.resume_window_ms)
  }

  #ended(by: 'client' | 'simulator', code: number, reason: string): void {
    const { session, state } = this
    this.#closed = true
    clearTimeout(this.#watch)
    state.lines.delete(this)
    const whose = session ? { session_id: session.id, shard: session.shard } : {}
    state.journal.closes.add({ connection_id: this.id, ...whose, by, code, reason })
    this.#detach()
    const ends = by === 'client' ? code === 1_000 || code === 1_001 : endsSession(code)
    if (session && ends) state.endSession(session)
  }
}
