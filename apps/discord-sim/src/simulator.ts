import type { APIUser } from 'discord-api-types/v10'
import { ConflictError } from './conflict-error.js'
import { FaultBook } from './faults/fault-book.js'
import { Guild, type GuildSeed } from './guild/guild.js'
import { hash32, SALT } from './guild/hash.js'
import { toApiMember } from './guild/member.js'
import { SnowflakeFactory } from './guild/snowflakes.js'
import { Journal } from './journal.js'
import { RateLimiter } from './rest/rate-limiter.js'
import { Traffic } from './rest/traffic.js'
import { Webhooks } from './webhooks.js'

/** Above every id that a member can have, so that the bot is nobody else. */
const BOT_ID = 1_450_000_000_000_000_001n

/** What a person may set while it runs, by `PATCH /control/app`. */
export interface AppSettings {
  token: string
  members_intent: boolean
  approximate_member_count_override: number | null
  latency_ms: number
}

export interface SimulatorOptions {
  readonly token: string
  readonly latencyMs?: number
  /** Milliseconds since the Unix epoch. */
  readonly nowMs?: () => number
}

const MAX_GUILDS = 1_000

/** The whole of the simulated Discord: one authoritative state, which REST and control routes read and change. */
export class Simulator {
  readonly nowMs: () => number
  readonly guilds = new Map<string, Guild>()
  readonly settings: AppSettings
  readonly snowflakes: SnowflakeFactory
  readonly journal: Journal
  readonly limiter: RateLimiter
  readonly faults = new FaultBook()
  readonly traffic = new Traffic()
  readonly webhooks: Webhooks
  readonly bot = {
    id: BOT_ID,
    username: 'Rollcall',
    discriminator: '0042',
    global_name: null,
    avatar: null,
    bot: true,
    nick: null,
    flags: 0,
  }

  constructor({ token, latencyMs = 0, nowMs = Date.now }: SimulatorOptions) {
    this.nowMs = nowMs
    this.settings = {
      token,
      members_intent: true,
      approximate_member_count_override: null,
      latency_ms: latencyMs,
    }
    this.snowflakes = new SnowflakeFactory(nowMs)
    this.journal = new Journal(nowMs)
    this.limiter = new RateLimiter(nowMs)
    this.webhooks = new Webhooks(this.snowflakes)
  }

  get botUser(): APIUser {
    return toApiMember({ ...this.bot, roles: [], joined_at: '' }).user
  }

  /** @throws {@link ConflictError} when a guild with this id is there already */
  addGuild(seed: GuildSeed): Guild {
    if (this.guilds.has(seed.id)) throw new ConflictError(`The guild ${seed.id} exists already`)
    if (this.guilds.size >= MAX_GUILDS) throw new ConflictError(`There are at most ${MAX_GUILDS} guilds`)
    const { bot, journal, snowflakes, nowMs } = this
    const guild = new Guild(seed, { bot, journal, snowflakes, nowMs })
    this.guilds.set(guild.id, guild)
    this.webhooks.create({ guildId: guild.id, channelId: guild.channelId, name: 'Rollcall', seed: seed.seed })
    return guild
  }

  guildOfChannel(channelId: string): Guild | undefined {
    return this.guilds.get(`${BigInt(channelId) - 1n}`)
  }
}

/** An id of 18 digits that depends on the seed alone. */
export function guildIdOf(seed: number): string {
  return `${600_000_000_000_000_000n + BigInt(hash32(seed, 0, SALT.guild)) * 80_000_000n}`
}
