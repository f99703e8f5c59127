import { MAX_MEMBERS_PER_REQUEST, SnowflakeParam } from '@rollcall/contract'
import * as z from 'zod'

const httpUrl = z.url({ protocol: /^https?$/, error: 'Expected a URL that starts with http:// or https://' })
const secret = z.string('Expected a value').regex(/^\S+$/, 'Expected a value without blanks')

/** Every environment variable of a reconcile, in the order of `.env.example`. */
export const Env = z.object({
  DISCORD_TOKEN: secret,
  DISCORD_API_URL: httpUrl.default('https://discord.com/api'),
  GUILD_ID: SnowflakeParam,
  API_URL: httpUrl,
  API_TOKEN: secret,
  CHUNK_SIZE: z.coerce.number().int().min(1).max(MAX_MEMBERS_PER_REQUEST).default(MAX_MEMBERS_PER_REQUEST),
  DEPARTURE_GUARD_COUNT: z.coerce.number().int().min(0).default(100),
  DEPARTURE_GUARD_SHARE: z.coerce.number().min(0).max(1).default(0.05),
  WEBHOOK_URL: httpUrl.optional(),
  MANAGEMENT_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  MANAGEMENT_HOST: z.string().min(1).default('127.0.0.1'),
  DNS_CACHE_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
})

/** Names every faulty variable, and no value: some are secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'

  constructor(readonly faults: readonly string[]) {
    super(`The environment is not complete:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  }
}

export type Config = ReturnType<typeof readConfig>

/** @throws {@link ConfigError} with all faults at once */
export function readConfig(environment: Environment) {
  const env = parseEnvironment(Env, environment)
  return { guildId: env.GUILD_ID, ...commonConfigOf(env) } as const
}

export type Environment = Readonly<Record<string, string | undefined>>

/** @throws {@link ConfigError} with all faults at once */
export function parseEnvironment<S extends z.ZodType>(schema: S, environment: Environment): z.output<S> {
  // Compose files and manifests write "unset" as an empty string.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { success, data, error } = schema.safeParse(given)
  if (success) return data
  throw new ConfigError(error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
}

/** What every command needs. */
export function commonConfigOf(env: Omit<z.output<typeof Env>, 'GUILD_ID'>) {
  return {
    discord: { url: env.DISCORD_API_URL.replace(/\/+$/, ''), token: env.DISCORD_TOKEN },
    api: { url: env.API_URL, token: env.API_TOKEN },
    chunkSize: env.CHUNK_SIZE,
    departureGuard: { count: env.DEPARTURE_GUARD_COUNT, share: env.DEPARTURE_GUARD_SHARE },
    webhookUrl: env.WEBHOOK_URL,
    management:
      env.MANAGEMENT_PORT === undefined ? undefined : { host: env.MANAGEMENT_HOST, port: env.MANAGEMENT_PORT },
    dnsCacheMs: env.DNS_CACHE_SECONDS * 1_000,
    logLevel: env.LOG_LEVEL,
  } as const
}
