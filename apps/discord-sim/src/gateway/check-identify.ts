import { GatewayCloseCodes as Code } from 'discord-api-types/v10'
import { areKnownIntents, hasDisallowedIntents } from './intents.js'
import type { Identify } from './payloads.js'
import type { Shard } from './session.js'
import type { GatewaySettings } from './settings.js'

/** From here on the number of shards is not for the bot alone to choose. */
const VERY_LARGE_GUILD_COUNT = 150_000
/** A bot in so many guilds has to shard. @see https://discord.com/developers/docs/events/gateway#sharding */
const MAX_SHARD_COUNT = 16_000

export interface IdentifyFacts {
  readonly isTokenValid: boolean
  readonly membersIntent: boolean
  readonly guildCount: number
  /** In the shard that the client asks for. */
  readonly guildsOfShard: (shard: Shard) => number
  readonly settings: Pick<GatewaySettings, 'max_guilds_per_shard' | 'shard_multiple'>
}

/** The shard, or the code that the connection is closed with. */
export function checkIdentify({ shard = [0, 1], intents }: Identify, facts: IdentifyFacts): Shard | number {
  const [id, count] = shard
  if (!facts.isTokenValid) return Code.AuthenticationFailed
  const exists = Number.isInteger(id) && Number.isInteger(count) && id >= 0 && id < count && count <= MAX_SHARD_COUNT
  if (!exists) return Code.InvalidShard
  const { max_guilds_per_shard, shard_multiple } = facts.settings
  if (facts.guildCount > VERY_LARGE_GUILD_COUNT && count % shard_multiple !== 0) return Code.InvalidShard
  if (facts.guildsOfShard(shard) > max_guilds_per_shard) return Code.ShardingRequired
  if (!areKnownIntents(intents)) return Code.InvalidIntents
  if (hasDisallowedIntents(intents, facts)) return Code.DisallowedIntents
  return shard
}
