import type { IContextFetchingStrategy, SessionInfo } from '@discordjs/ws'
import { WebSocketShardStatus } from '@discordjs/ws'
import type { GatewayIntentBits } from 'discord-api-types/v10'
import { isSessionOver, MAX_FAILED_RESUMES, MAX_UNREACHED } from '../core/resume-rules.js'

type Options = IContextFetchingStrategy['options']

export interface SessionMemoryOptions {
  readonly token: string
  readonly shardCount: number
  readonly intents: number | GatewayIntentBits
  readonly session: SessionInfo | undefined
  /** Resolves when the shard may connect, with what it needs for it; never once it is stopped. */
  readonly beforeConnect: () => Promise<Options['gatewayInformation']>
  readonly waitForIdentify: (signal: AbortSignal) => Promise<void>
  /** What the library does at the moment. */
  readonly status: () => WebSocketShardStatus
  /** The session is over: the next connection begins a new one. */
  readonly onForgotten: (reason: string) => void
}

const IDENTIFY_PROPERTIES = { os: process.platform, browser: 'rollcall', device: 'rollcall' }

/**
 * What the gateway library asks of its surroundings, for one shard. While events flow the answers come from memory and at
 * once: a hook that waits lets events overtake each other. Only a shard that is about to connect is made to wait.
 */
export class SessionMemory implements IContextFetchingStrategy {
  readonly #options: SessionMemoryOptions
  #session: SessionInfo | undefined
  #gatewayInformation: Options['gatewayInformation'] | undefined
  #failedResumes = 0
  #unreached = 0
  #isResuming = false
  /** We end the connection and mean to resume. */
  isOurs = false
  /** Of the connection under way. */
  closeCode: number | undefined
  hasHello = false

  constructor(options: SessionMemoryOptions) {
    this.#options = options
    if (options.session !== undefined && isGatewayUrl(options.session.resumeURL)) this.#session = options.session
  }

  get session(): SessionInfo | undefined {
    return this.#session
  }

  get options(): Options {
    const { token, shardCount, intents } = this.#options
    const known = this.#gatewayInformation
    return {
      token,
      shardCount,
      intents: intents as Options['intents'],
      // Read only after `retrieveSessionInfo`, which waits for it.
      get gatewayInformation(): Options['gatewayInformation'] {
        if (known === undefined) throw new Error('The gateway was asked for before it was known')
        return known
      },
      compression: null,
      useIdentifyCompression: false,
      encoding: 'json' as Options['encoding'],
      version: '10',
      identifyProperties: IDENTIFY_PROPERTIES,
      initialPresence: null,
      largeThreshold: null,
      handshakeTimeout: 30_000,
      helloTimeout: 60_000,
      readyTimeout: 15_000,
    }
  }

  retrieveSessionInfo(): SessionInfo | null | Promise<SessionInfo | null> {
    return this.#options.status() === WebSocketShardStatus.Idle ? this.#connecting() : (this.#session ?? null)
  }

  updateSessionInfo(_shardId: number, session: SessionInfo | null): void {
    if (session !== null) {
      this.#session = this.#usable(session)
      return
    }
    if (isSessionOver(this)) this.forget(`Discord ended the session (${this.closeCode ?? 'invalid session'})`)
  }

  waitForIdentify(_shardId: number, signal: AbortSignal): Promise<void> {
    return this.#options.waitForIdentify(signal)
  }

  /** The session goes on: RESUMED, or READY. */
  succeed(): void {
    this.#failedResumes = 0
    this.#unreached = 0
    this.#isResuming = false
  }

  /** A resume came to nothing: its connection ended, or never came about, or Discord said "later". */
  failResume(): void {
    if (!this.#isResuming) return
    if (this.hasHello) this.#failedResumes += 1
    else this.#unreached += 1
    if (this.#failedResumes >= MAX_FAILED_RESUMES) this.forget(`${this.#failedResumes} resumes failed`)
    if (this.#unreached >= MAX_UNREACHED) this.forget(`its gateway was not reached ${this.#unreached} times`)
  }

  forget(reason: string): void {
    this.succeed()
    if (this.#session === undefined) return
    this.#session = undefined
    this.#options.onForgotten(reason)
  }

  /** The library would fail for good on an address that is none. */
  #usable(session: SessionInfo): SessionInfo {
    return isGatewayUrl(session.resumeURL) ? session : { ...session, resumeURL: this.options.gatewayInformation.url }
  }

  async #connecting(): Promise<SessionInfo | null> {
    this.#gatewayInformation = await this.#options.beforeConnect()
    this.closeCode = undefined
    this.hasHello = false
    this.#isResuming = this.#session !== undefined
    return this.#session ?? null
  }
}

const isGatewayUrl = (url: string) => URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)
