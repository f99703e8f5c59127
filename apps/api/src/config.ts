import { MAX_BULK_BODY_BYTES, SnowflakeParam } from '@rollcall/contract'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

/** Every variable the API reads, in the order of `.env.example`. */
export const Env = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3_000),
  MANAGEMENT_PORT: port.default(3_001),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL_SIZE: whole(2, 100).default(10),
  DATABASE_STATEMENT_TIMEOUT_MS: whole(100, 600_000).default(30_000),
  HOME_GUILD_ID: SnowflakeParam.optional(),
  BOT_PREFIX: z
    .string()
    .regex(/^(\/[\w.-]+)*$/)
    .default(''),
  MAX_BULK_IN_FLIGHT: whole(1, 64).default(4),
  MAX_REQUESTS_IN_FLIGHT: whole(1, 10_000).default(250),
  MAX_EVENT_LOOP_DELAY_MS: whole(10, 60_000).default(250),
  RATE_LIMIT_REQUESTS: whole(1, 1_000_000).default(1_000),
  RATE_LIMIT_WINDOW_SECONDS: whole(1, 3_600).default(10),
  DRAIN_TIMEOUT_MS: whole(0, 600_000).default(30_000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
})

/** What the API runs with; read once, in `main.ts`. */
export type Config = ReturnType<typeof readConfig>

/** @throws an Error that names every faulty variable, without its value */
export function readConfig(environment: NodeJS.ProcessEnv) {
  // An empty variable is one that nobody set: Kubernetes and compose files produce them.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const env = Env.safeParse(set)
  if (!env.success) {
    const faults = env.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not usable; correct these variables:\n${faults.join('\n')}`)
  }
  const it = env.data
  return Object.freeze({
    public: { host: it.HOST, port: it.PORT },
    management: { host: it.HOST, port: it.MANAGEMENT_PORT },
    database: {
      url: it.DATABASE_URL,
      poolSize: it.DATABASE_POOL_SIZE,
      statementTimeoutMs: it.DATABASE_STATEMENT_TIMEOUT_MS,
    },
    bot: { homeGuildId: it.HOME_GUILD_ID, prefix: it.BOT_PREFIX },
    limits: {
      bulkInFlight: it.MAX_BULK_IN_FLIGHT,
      bulkBodyBytes: MAX_BULK_BODY_BYTES as number,
      requestsInFlight: it.MAX_REQUESTS_IN_FLIGHT,
      maxLoopDelayMs: it.MAX_EVENT_LOOP_DELAY_MS,
      rateRequests: it.RATE_LIMIT_REQUESTS,
      rateWindowSeconds: it.RATE_LIMIT_WINDOW_SECONDS,
    },
    drainTimeoutMs: it.DRAIN_TIMEOUT_MS,
    logLevel: it.LOG_LEVEL,
  })
}
