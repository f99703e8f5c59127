import { GatewayCloseCodes as Code } from 'discord-api-types/v10'
import { ZodError } from 'zod'

/** What Discord says with each code. @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway */
const REASONS: Readonly<Record<number, string>> = {
  [Code.UnknownError]: 'Unknown error.',
  [Code.UnknownOpcode]: 'Unknown opcode.',
  [Code.DecodeError]: 'Error while decoding payload.',
  [Code.NotAuthenticated]: 'Not authenticated.',
  [Code.AuthenticationFailed]: 'Authentication failed.',
  [Code.AlreadyAuthenticated]: 'Already authenticated.',
  [Code.InvalidSeq]: 'Invalid seq.',
  [Code.RateLimited]: 'Rate limited.',
  [Code.SessionTimedOut]: 'Session timed out.',
  [Code.InvalidShard]: 'Invalid shard.',
  [Code.ShardingRequired]: 'Sharding required.',
  [Code.InvalidAPIVersion]: 'Invalid API version.',
  [Code.InvalidIntents]: 'Invalid intent(s).',
  [Code.DisallowedIntents]: 'Disallowed intent(s).',
}

export const reasonOf = (code: number): string => REASONS[code] ?? ''

/** After these the session is no more, whoever closed. 1000 and 1001 end it when the client sends them. */
const ENDING = new Set<number>([
  1_000,
  1_001,
  Code.AuthenticationFailed,
  Code.InvalidSeq,
  Code.SessionTimedOut,
  Code.InvalidShard,
  Code.ShardingRequired,
  Code.InvalidAPIVersion,
  Code.InvalidIntents,
  Code.DisallowedIntents,
])

export const endsSession = (code: number): boolean => ENDING.has(code)

/** For what could not be read: anything else that is thrown is the simulator's own fault. */
export const closeOf = (error: unknown): number =>
  error instanceof ZodError || error instanceof SyntaxError ? Code.DecodeError : Code.UnknownError
