import { SnowflakeParam } from '@rollcall/contract'
import { z } from 'zod'
import { UsageError } from './run-command.js'

const port = (fallback: number) => z.coerce.number().int().min(1).max(65_535).default(fallback)

/** Every variable of `npm start`, in the order of `.env.example`. */
export const Env = z.object({
  DISCORD_TOKEN: z.string().optional(),
  GUILD_ID: SnowflakeParam.transform(String).optional(),
  WEBHOOK_URL: z.url({ protocol: /^https?$/ }).optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  DATA_DIR: z.string().default('.data'),
  HOST: z.string().default('127.0.0.1'),
  PORT: port(3_000),
  MANAGEMENT_PORT: port(3_001),
  SYNC_INTERVAL: z
    .string()
    .regex(/^\d+(s|m|h|d)$/, 'Expected a duration such as 30m or 1h')
    .default('1h'),
  SIMULATOR_MEMBERS: z.coerce.number().int().min(10).max(1_000_000).default(10_000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error']).optional(),
})

export type Config = ReturnType<typeof readConfig>

/** @throws {@link UsageError} that names every faulty variable, and no value: some are secrets */
export function readConfig(environment: NodeJS.ProcessEnv) {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const { success, data: env, error } = Env.safeParse(set)
  if (!success) {
    const faults = error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
    throw new UsageError(`These environment variables are not usable:\n${faults.join('\n')}`)
  }
  return Object.freeze({
    discord: discordOf(env),
    databaseUrl: env.DATABASE_URL,
    dataDir: env.DATA_DIR,
    api: { host: env.HOST, port: env.PORT, managementPort: env.MANAGEMENT_PORT },
    syncInterval: env.SYNC_INTERVAL,
    simulatorMembers: env.SIMULATOR_MEMBERS,
    logLevel: env.LOG_LEVEL,
  })
}

/** The real Discord, or undefined for the simulator. Half of what the real one needs is a mistake, not a wish. */
function discordOf({ DISCORD_TOKEN: token, GUILD_ID: guildId, WEBHOOK_URL: webhookUrl }: z.output<typeof Env>) {
  if (token !== undefined && guildId !== undefined) return { token, guildId, webhookUrl }
  if (token === undefined && guildId === undefined) return undefined
  const [given, missing] = token === undefined ? ['GUILD_ID', 'DISCORD_TOKEN'] : ['DISCORD_TOKEN', 'GUILD_ID']
  throw new UsageError(
    `${given} is set, but ${missing} is not. Set both to reconcile with Discord, or neither to use the simulator.`,
  )
}
