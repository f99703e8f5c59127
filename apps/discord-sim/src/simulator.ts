import type { APIUser } from 'discord-api-types/v10'
import { ConflictError } from './conflict-error.js'
import { type Fault, routeOfFault } from './faults/fault.js'
import { FaultBook } from './faults/fault-book.js'
import { Guild, type GuildSeed, type GuildSurroundings } from './guild/guild.js'
import type { GuildChange } from './guild/guild-change.js'
import { hash32, SALT } from './guild/hash.js'
import { toApiMember } from './guild/member.js'
import { SnowflakeFactory } from './guild/snowflakes.js'
import { StubGuilds } from './guild/stub-guilds.js'
import { Journal } from './journal.js'
import { RateLimiter } from './rest/rate-limiter.js'
import { Traffic } from './rest/traffic.js'
import { Webhooks } from './webhooks.js'

/** Above every id that a member can have, so that the bot is nobody else. */
const BOT_ID = 1_450_000_000_000_000_001n

/** What a person may set while it runs, by `PATCH /control/app`. */
export interface AppSettings {
  token: string
  /** As Discord does when a bot identifies too often. From then on every call is answered by 401. */
  token_revoked: boolean
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
  readonly faults = new FaultBook<Fault>(routeOfFault)
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

  #stubs: StubGuilds
  readonly #listeners: ChangeListener[] = []
  readonly #around: GuildSurroundings

  constructor({ token, latencyMs = 0, nowMs = Date.now }: SimulatorOptions) {
    this.nowMs = nowMs
    this.settings = {
      token,
      token_revoked: false,
      members_intent: true,
      approximate_member_count_override: null,
      latency_ms: latencyMs,
    }
    this.snowflakes = new SnowflakeFactory(nowMs)
    this.journal = new Journal(nowMs)
    this.limiter = new RateLimiter(nowMs)
    this.webhooks = new Webhooks(this.snowflakes)
    const onChange = (guild: Guild, change: GuildChange) => this.#changed(guild, change)
    this.#around = { bot: this.bot, snowflakes: this.snowflakes, nowMs, onChange }
    this.#stubs = this.#makeStubs(0, 0)
  }

  get stubs(): StubGuilds {
    return this.#stubs
  }

  /** Has a listener called after every change of any guild, in the order of the changes. */
  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener)
  }

  get botUser(): APIUser {
    return toApiMember({ ...this.bot, roles: [], joined_at: '' }).user
  }

  /** @throws {@link ConflictError} when a guild with this id is there already */
  addGuild(seed: GuildSeed): Guild {
    if (this.guildOf(seed.id)) throw new ConflictError(`The guild ${seed.id} exists already`)
    if (this.guilds.size >= MAX_GUILDS) throw new ConflictError(`There are at most ${MAX_GUILDS} guilds`)
    const guild = new Guild(seed, this.#around)
    this.guilds.set(guild.id, guild)
    this.webhooks.create({ guildId: guild.id, channelId: guild.channelId, name: 'Rollcall', seed: seed.seed })
    this.#changed(guild, { t: 'GUILD_CREATE' })
    return guild
  }

  /** Puts so many stubs in the place of those that there are; sessions that are open learn nothing of it. */
  replaceStubs(count: number, seed: number): void {
    this.#stubs = this.#makeStubs(count, seed)
  }

  /** A guild or a stub. */
  guildOf(id: string): Guild | undefined {
    return this.guilds.get(id) ?? this.#stubs.get(id)
  }

  guildOfChannel(channelId: string): Guild | undefined {
    return this.guildOf(`${BigInt(channelId) - 1n}`)
  }

  #makeStubs(count: number, seed: number): StubGuilds {
    return new StubGuilds(count, seed, (stub) => new Guild(stub, this.#around))
  }

  #changed(guild: Guild, change: GuildChange): void {
    if (!this.guilds.has(guild.id)) this.#stubs.keepChanged(guild)
    this.journal.append(guild.id, change)
    for (const listener of this.#listeners) listener(guild, change)
  }
}

export type ChangeListener = (guild: Guild, change: GuildChange) => void

/** An id of 18 digits that depends on the seed alone. */
export function guildIdOf(seed: number): string {
  return `${600_000_000_000_000_000n + BigInt(hash32(seed, 0, SALT.guild)) * 80_000_000n}`
}
