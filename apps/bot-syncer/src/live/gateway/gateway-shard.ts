import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocketShard, WebSocketShardDestroyRecovery, WebSocketShardEvents } from '@discordjs/ws'
import { follow } from '@rollcall/contract'
import { GatewayIntentBits } from 'discord-api-types/v10'
import { BackOff } from '../core/back-off.js'
import { explainRefusal } from '../core/close-codes.js'
import { StartOvers } from '../core/start-overs.js'
import { checkMessages } from './check-messages.js'
import { findGateway } from './find-gateway.js'
import type { GatewayShardOptions, ShardStatus } from './gateway-shard-options.js'
import { SessionMemory } from './session-memory.js'

/** Roles and guilds; members (privileged). */
const INTENTS = GatewayIntentBits.Guilds | GatewayIntentBits.GuildMembers

/** Leaves the session resumable, which 1000 would not. */
const RESUMABLE_CLOSE_CODE = 4_200

/** The library waits for RESUMED without end. */
const RESUME_TIMEOUT_MS = 30_000

/** A peer that does not answer the close is not waited for. */
const CLOSE_TIMEOUT_MS = 3_000

/**
 * One shard's connection to Discord, for as long as it is held: it reconnects with growing pauses, resumes where it can,
 * identifies when it is its turn, and stops for good where Discord refuses it, with a sentence that says what to do.
 */
export class GatewayShard {
  readonly #options: GatewayShardOptions
  readonly #memory: SessionMemory
  readonly #shard: WebSocketShard
  readonly #backOff: BackOff
  readonly #startOvers = new StartOvers()
  readonly #stop = new AbortController()
  /** Before the next connection, for its own sake. */
  #pause = { ms: 0, reason: '' }
  #status: ShardStatus = { state: 'connecting', detail: undefined }
  #resumeTimer: NodeJS.Timeout | undefined

  constructor(options: GatewayShardOptions) {
    const { id, token, shardCount, session, identifyTurns, random } = options
    this.#options = options
    this.#backOff = new BackOff(random)
    this.#memory = new SessionMemory({
      token,
      shardCount,
      intents: INTENTS,
      session,
      beforeConnect: () => this.#beforeConnect(),
      waitForIdentify: async (signal) => {
        const waiting = new AbortController()
        const unfollow = [signal, this.#stop.signal].map((it) => follow(waiting, it))
        try {
          await identifyTurns.wait(id, waiting.signal, (detail) => this.#become('waiting', detail))
        } catch (error) {
          // Of its own connection's end the library knows; after any other error it would identify.
          return signal.aborted ? Promise.reject(error) : never()
        } finally {
          for (const end of unfollow) end()
        }
        this.#become('connecting', undefined)
        options.onCount('identify')
      },
      status: () => this.#shard.status,
      onForgotten: (reason) => {
        options.onCount('session_lost')
        options.log.warn({ shard: id, reason }, 'session given up, the next one is new')
      },
    })
    this.#shard = new WebSocketShard(this.#memory, id)
    checkMessages(this.#shard, (error) => this.#connectAnew(error))
    this.#listen()
  }

  get status(): ShardStatus {
    return this.#status
  }

  /** Starts to connect, and goes on by itself. */
  start(): void {
    // It rejects when Discord refuses the shard, which is told as an event, too.
    this.#shard.connect().catch(() => {})
  }

  /** Ends the connection so that the session can be resumed, by whoever holds the shard next. Safe to call twice. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error('the shard is given up'))
    this.#memory.isOurs = true
    this.#unwatchResume()
    const closing = this.#shard.destroy({ code: RESUMABLE_CLOSE_CODE, reason: 'Given up' })
    await Promise.race([closing, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
  }

  /**
   * Gives the session up and connects anew, after a pause that grows: what was lost is made up for by a new session, whose
   * guilds are all dirty.
   */
  startOver(reason: string): void {
    this.#pause = { ms: this.#startOvers.pauseMs(this.#options.monotonicMs()), reason }
    this.#memory.forget(reason)
    void this.#reconnect(reason)
  }

  /** Waits out the pauses, and Discord's outages; for ever once the shard is stopped, which nobody waits for then. */
  async #beforeConnect() {
    const { ms: pauseMs, reason } = this.#pause
    this.#pause = { ms: 0, reason: '' }
    if (pauseMs > 0) this.#become('waiting', `${reason}: begins a new session in ${Math.ceil(pauseMs / 1_000)} s.`)
    const delayMs = Math.max(pauseMs, this.#backOff.delayMs())
    try {
      if (delayMs > 0) await sleep(delayMs, undefined, { signal: this.#stop.signal })
      if (pauseMs > 0) this.#become('connecting', undefined)
      return await findGateway(this.#options, this.#backOff, this.#stop.signal)
    } catch {
      return never()
    }
  }

  #listen(): void {
    const { id, log, onDispatch, onCount, monotonicMs } = this.#options
    const shard = this.#shard
    shard.on(WebSocketShardEvents.Dispatch, (payload) => {
      this.#resumeTimer?.refresh()
      onDispatch(payload)
    })
    shard.on(WebSocketShardEvents.Hello, () => {
      this.#memory.hasHello = true
      if (this.#memory.session !== undefined) this.#watchResume()
    })
    shard.on(WebSocketShardEvents.Ready, () => this.#succeed('new session'))
    shard.on(WebSocketShardEvents.Resumed, () => {
      onCount('resume')
      this.#succeed('resumed')
    })
    shard.on(WebSocketShardEvents.Closed, (code) => {
      this.#unwatchResume()
      this.#memory.closeCode = code
      this.#memory.failResume()
      this.#backOff.closed(monotonicMs())
      onCount('reconnect')
      if (this.#stop.signal.aborted) return
      log.info({ shard: id, code }, 'gateway connection closed')
      this.#become('connecting', `Connection closed with ${code}`)
    })
    shard.on(WebSocketShardEvents.SocketError, (error) => log.warn({ shard: id, err: error }, 'gateway not reached'))
    shard.on(WebSocketShardEvents.Error, (error) => this.#refused(error))
    shard.on(WebSocketShardEvents.Debug, (message) => {
      // The library resumes at once where Discord says that it may: again and again, if that is all Discord says.
      if (message.startsWith('Invalid session')) this.#memory.failResume()
      log.trace({ shard: id }, message)
    })
  }

  #succeed(how: string): void {
    this.#unwatchResume()
    this.#memory.succeed()
    this.#backOff.ready(this.#options.monotonicMs())
    this.#become('ready', undefined)
    this.#options.log.info({ shard: this.#options.id }, `shard ready: ${how}`)
  }

  #unwatchResume(): void {
    clearTimeout(this.#resumeTimer)
    this.#resumeTimer = undefined
  }

  #watchResume(): void {
    this.#unwatchResume()
    this.#resumeTimer = setTimeout(() => {
      this.#memory.failResume()
      void this.#reconnect('The resume was not answered')
    }, RESUME_TIMEOUT_MS)
  }

  /** A message was not understood. What it said of the session may be wrong, so a resume may fail only so often. */
  #connectAnew(error: unknown): void {
    if (this.#stop.signal.aborted) return
    const { id, log, monotonicMs } = this.#options
    log.error({ shard: id, err: error }, 'message from Discord not understood, connecting anew')
    this.#memory.failResume()
    this.#backOff.closed(monotonicMs())
    this.#become('connecting', 'Discord sent a message that was not understood.')
    void this.#reconnect('A message was not understood')
  }

  async #reconnect(reason: string): Promise<void> {
    const recover = WebSocketShardDestroyRecovery.Resume
    await this.#shard.destroy({ code: RESUMABLE_CLOSE_CODE, reason, recover })
  }

  /** What Discord refuses for good is not tried again, whatever restarts. */
  #refused(error: Error): void {
    const { id, log } = this.#options
    const code = this.#memory.closeCode ?? 0
    const sentence = explainRefusal(code) ?? `Discord ended the connection for good: ${error.message}.`
    this.#become('stopped', sentence)
    log.error({ shard: id, code }, sentence)
  }

  #become(state: ShardStatus['state'], detail: string | undefined): void {
    this.#status = { state, detail }
  }
}

/** The library must neither go on nor fail: nobody waits for a shard that is given up. */
const never = () => new Promise<never>(() => {})
