import type { APIMessage } from 'discord-api-types/v10'
import { hash32, SALT } from './guild/hash.js'
import type { SnowflakeFactory } from './guild/snowflakes.js'
import { Ring } from './ring.js'

/** @see https://discord.com/developers/docs/topics/opcodes-and-status-codes (error 30007) */
export const MAX_WEBHOOKS_PER_CHANNEL = 15

const MAX_MESSAGES_PER_WEBHOOK = 1_000

export interface Webhook {
  readonly id: string
  readonly token: string
  readonly guildId: string
  readonly channelId: string
  readonly name: string
  /** What was sent through it, oldest first. */
  readonly messages: Ring<APIMessage>
}

/** The webhooks of all channels. */
export class Webhooks {
  readonly #webhooks = new Map<string, Webhook>()
  #made = 0

  constructor(readonly snowflakes: SnowflakeFactory) {}

  create(made: { guildId: string; channelId: string; name: string; seed: number }): Webhook {
    const { seed, ...rest } = made
    this.#made += 1
    const id = this.snowflakes.next()
    const webhook = {
      ...rest,
      id,
      token: tokenOf(seed, this.#made),
      messages: new Ring<APIMessage>(MAX_MESSAGES_PER_WEBHOOK),
    }
    this.#webhooks.set(id, webhook)
    return webhook
  }

  get(id: string): Webhook | undefined {
    return this.#webhooks.get(id)
  }

  delete(id: string): boolean {
    return this.#webhooks.delete(id)
  }

  list(): Webhook[] {
    return [...this.#webhooks.values()]
  }

  ofChannel(channelId: string): Webhook[] {
    return this.list().filter((webhook) => webhook.channelId === channelId)
  }
}

/** 68 characters, as Discord's; secret from nobody. */
function tokenOf(seed: number, number: number): string {
  const words = Array.from({ length: 9 }, (_, word) =>
    hash32(seed, number * 9 + word, SALT.webhook)
      .toString(16)
      .padStart(8, '0'),
  )
  return words.join('').slice(0, 68)
}
