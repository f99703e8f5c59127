import type { REST } from '@discordjs/rest'
import { type RetryNotice, retrying } from '@rollcall/contract'
import type { APIGatewayBotInfo } from 'discord-api-types/v10'
import * as z from 'zod'
import { MalformedDiscordResponseError } from '../../discord/errors.js'
import { DISCORD_RETRIES } from '../../discord/retries.js'

/** Discord asks not to keep it for long: what is left of the day's identifies changes. */
const MAX_AGE_MS = 60_000

const count = z.int().min(0)
const BotInfo = z.object({
  url: z.url({ protocol: /^wss?$/ }),
  shards: z.int().min(1),
  session_start_limit: z.object({
    total: count,
    remaining: count,
    reset_after: count,
    max_concurrency: z.int().min(1),
  }),
}) satisfies z.ZodType<APIGatewayBotInfo>

export interface GatewayInformationOptions {
  readonly rest: REST
  readonly token: string
  readonly monotonicMs: () => number
  readonly signal: AbortSignal
  readonly onRetry: (notice: RetryNotice) => void
}

/**
 * Where the gateway is and how many identifies are left: read once for all shards, and again after a minute. Whoever asks
 * while it is being read waits for the same answer.
 *
 * @see https://discord.com/developers/docs/events/gateway#get-gateway-bot
 */
export class GatewayInformation {
  readonly #options: GatewayInformationOptions
  #reading: Promise<APIGatewayBotInfo> | undefined
  #readAtMs = 0

  constructor(options: GatewayInformationOptions) {
    this.#options = options
  }

  get(): Promise<APIGatewayBotInfo> {
    const nowMs = this.#options.monotonicMs()
    if (this.#reading !== undefined && nowMs - this.#readAtMs < MAX_AGE_MS) return this.#reading
    this.#readAtMs = nowMs
    const reading = this.#read()
    this.#reading = reading
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined
    })
    return reading
  }

  #read(): Promise<APIGatewayBotInfo> {
    const { rest, token, signal, onRetry } = this.#options
    const attempt = async () => {
      // The library forgets the token at the first 401.
      const { data } = BotInfo.safeParse(await rest.setToken(token).get('/gateway/bot'))
      if (data === undefined) throw new MalformedDiscordResponseError('/gateway/bot')
      return data
    }
    return retrying(DISCORD_RETRIES, attempt, { signal, onRetry })
  }
}
