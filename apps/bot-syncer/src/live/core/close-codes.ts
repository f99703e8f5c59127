import { GatewayCloseCodes } from 'discord-api-types/v10'

/** The session is not to be resumed after these. @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway */
const SESSION_ENDS = new Set<number>([
  1_000,
  1_001,
  GatewayCloseCodes.NotAuthenticated,
  GatewayCloseCodes.AlreadyAuthenticated,
  GatewayCloseCodes.InvalidSeq,
  GatewayCloseCodes.RateLimited,
])

export const endsSession = (code: number): boolean => SESSION_ENDS.has(code) || code in REFUSALS

/** What Discord refuses for good, and what a person has to do. */
const REFUSALS: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.AuthenticationFailed]:
    'Discord refuses the bot token (4004): it was revoked or mistyped. Make a new one in the Developer Portal (Bot, Reset Token), set DISCORD_TOKEN and restart.',
  [GatewayCloseCodes.InvalidShard]:
    'Discord refuses the number of shards (4010): correct SHARD_COUNT, or leave it out to take what Discord recommends, and restart.',
  [GatewayCloseCodes.ShardingRequired]:
    'Discord asks for more shards (4011): the bot is in too many guilds for so few. Raise SHARD_COUNT, or leave it out to take what Discord recommends, and restart.',
  [GatewayCloseCodes.InvalidAPIVersion]:
    'Discord no longer speaks version 10 of its gateway (4012): this version of Rollcall is too old. Update it.',
  [GatewayCloseCodes.InvalidIntents]:
    'Discord does not know the intents that were asked for (4013): this version of Rollcall is too old. Update it.',
  [GatewayCloseCodes.DisallowedIntents]:
    'Discord does not allow the bot to see members (4014): switch on the Server Members Intent in the Developer Portal (Bot, Privileged Gateway Intents), then restart.',
}

/** One sentence for a person when there is no point in trying again; undefined otherwise. */
export const explainRefusal = (code: number): string | undefined => REFUSALS[code]
