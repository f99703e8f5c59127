import { setTimeout as sleep } from 'node:timers/promises'
import { IDENTIFY_INTERVAL_MS, type LiveClient, type ReserveIdentifyResponse, type Snowflake } from '@rollcall/contract'
import type { Logger } from 'pino'
import type { GatewayInformation } from './gateway-information.js'

/** Discord counts from when it gets an identify; two that were sent in time may arrive a little closer. */
const MARGIN_MS = 250

/** A wait is cut into pieces, so that a budget that a person raised is noticed. */
const MAX_WAIT_MS = 60_000

/** Before the API or Discord is asked again after a failure. */
const RETRY_MS = 5_000

export interface IdentifyTurnsOptions {
  readonly botId: Snowflake
  readonly client: Pick<LiveClient, 'reserveIdentify'>
  readonly information: GatewayInformation
  /** Whether so much waits to be sent that the guilds of one more session would not find room. */
  readonly isCrowded: () => boolean
  /** Whether the guilds of a shard that was let identify are still coming in. */
  readonly isStarting: (shardId: number) => boolean
  readonly monotonicMs: () => number
  readonly log: Logger
}

/** Guilds that are away do not come in; they are not waited for longer. */
const MAX_START_MS = 20_000

/** How soon it is looked again whether there is room. */
const CROWDED_MS = 50

/** What a shard waits for; for a person. */
export type OnWait = (detail: string) => void

/**
 * Gives out identifies as the API lets all processes of the bot have them: by key and by the day's budget. In this process
 * one shard starts after the other, because a new session brings all of its guilds at once.
 */
export class IdentifyTurns {
  readonly #options: IdentifyTurnsOptions
  #isAsking = false
  #lastGrant: { readonly shardId: number; readonly atMs: number } | undefined

  constructor(options: IdentifyTurnsOptions) {
    this.#options = options
  }

  /**
   * Resolves when the shard may identify.
   *
   * @throws only the signal's reason: the library identifies at once, and twice, after any other error
   */
  async wait(shardId: number, signal: AbortSignal, onWait: OnWait): Promise<void> {
    while (true) {
      signal.throwIfAborted()
      if (this.#isAsking || this.#hasNoRoom()) {
        onWait('Waits to identify until the guilds of other shards are stored.')
        await sleep(CROWDED_MS, undefined, { signal })
        continue
      }
      const answer = await this.#askAlone(shardId, signal)
      if (answer.granted) return
      this.#tell(shardId, answer, onWait)
      await sleep(Math.min(Math.max(answer.wait_ms, 10), MAX_WAIT_MS), undefined, { signal })
    }
  }

  #hasNoRoom(): boolean {
    const { isCrowded, isStarting, monotonicMs } = this.#options
    const last = this.#lastGrant
    return isCrowded() || (last !== undefined && monotonicMs() - last.atMs < MAX_START_MS && isStarting(last.shardId))
  }

  async #askAlone(shardId: number, signal: AbortSignal): Promise<ReserveIdentifyResponse> {
    const { log, monotonicMs } = this.#options
    this.#isAsking = true
    try {
      const answer = await this.#ask(shardId, signal)
      if (answer.granted) {
        this.#lastGrant = { shardId, atMs: monotonicMs() }
        log.info({ shard: shardId, identifies_left: answer.remaining }, 'identify granted')
      }
      return answer
    } finally {
      this.#isAsking = false
    }
  }

  async #ask(shardId: number, signal: AbortSignal): Promise<ReserveIdentifyResponse> {
    const { botId, client, information, log } = this.#options
    while (true) {
      try {
        const { session_start_limit } = await information.get()
        const request = { shard_id: shardId, session_start_limit, interval_ms: IDENTIFY_INTERVAL_MS + MARGIN_MS }
        return await client.reserveIdentify(botId, request, signal)
      } catch (error) {
        signal.throwIfAborted()
        log.warn({ shard: shardId, err: error }, 'identify not reserved, trying again')
        await sleep(RETRY_MS, undefined, { signal })
      }
    }
  }

  #tell(shardId: number, answer: Extract<ReserveIdentifyResponse, { granted: false }>, onWait: OnWait): void {
    const { reason, wait_ms, remaining } = answer
    const seconds = Math.ceil(wait_ms / 1_000)
    if (reason === 'key') {
      onWait(`Waits for its turn to identify, ${seconds} s.`)
      return
    }
    onWait(`The day's identifies are used up: waits ${seconds} s. Do not restart: each restart may need more of them.`)
    const facts = { shard: shardId, wait_seconds: seconds, identifies_left: remaining }
    this.#options.log.warn(facts, "the day's identifies are used up")
  }
}
