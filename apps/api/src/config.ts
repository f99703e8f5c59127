import { API_NEEDS, type DerivedLimits, deriveLimits } from '@rollcall/container-limits'
import { SnowflakeParam } from '@rollcall/contract'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

/** Every variable the API reads, in the order of `.env.example`. */
export const Env = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: port.default(3_000),
    MANAGEMENT_PORT: port.default(3_001),
    DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
    DATABASE_POOL_SIZE: whole(2, 100).optional(),
    DATABASE_STATEMENT_TIMEOUT_MS: whole(100, 600_000).default(30_000),
    HOME_GUILD_ID: SnowflakeParam.optional(),
    BOT_PREFIX: z
      .string()
      .regex(/^(\/[\w.-]+)*$/)
      .default(''),
    MAX_BULK_IN_FLIGHT: whole(1, 64).optional(),
    MAX_REQUESTS_IN_FLIGHT: whole(1, 10_000).default(250),
    MAX_EVENT_LOOP_DELAY_MS: whole(10, 60_000).default(500),
    RATE_LIMIT_REQUESTS: whole(1, 1_000_000).default(1_000),
    RATE_LIMIT_WINDOW_SECONDS: whole(1, 3_600).default(10),
    DNS_CACHE_SECONDS: whole(1, 3_600).default(30),
    DRAIN_TIMEOUT_MS: whole(0, 600_000).default(30_000),
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  })
  .refine(({ DATABASE_POOL_SIZE: pool, MAX_BULK_IN_FLIGHT: bulk }) => !pool || !bulk || bulk < pool, {
    path: ['MAX_BULK_IN_FLIGHT'],
    message: 'Expected fewer than DATABASE_POOL_SIZE, so that reads go on during a bulk sync',
  })

/** What the API runs with; read once, in `main.ts`. */
export type Config = ReturnType<typeof readConfig>

/** Without a container's limits. */
const UNLIMITED = deriveLimits(API_NEEDS, { memoryBytes: undefined, cpus: undefined })

/**
 * @param derived - from the container's limits, for whatever the environment leaves open
 * @throws an Error that names every faulty variable, without its value
 */
export function readConfig(environment: NodeJS.ProcessEnv, derived: DerivedLimits = UNLIMITED) {
  // An empty variable is one that nobody set: Kubernetes and compose files produce them.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const env = Env.safeParse(set)
  if (!env.success) {
    const faults = env.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`The environment is not usable; correct these variables:\n${faults.join('\n')}`)
  }
  const it = env.data
  const { poolSize, bulkInFlight } = shareConnections(it, derived)
  return Object.freeze({
    public: { host: it.HOST, port: it.PORT },
    management: { host: it.HOST, port: it.MANAGEMENT_PORT },
    database: {
      url: it.DATABASE_URL,
      poolSize,
      statementTimeoutMs: it.DATABASE_STATEMENT_TIMEOUT_MS,
    },
    bot: { homeGuildId: it.HOME_GUILD_ID, prefix: it.BOT_PREFIX },
    limits: {
      bulkInFlight,
      bulkBodyBytes: derived.chunkBytes,
      requestsInFlight: it.MAX_REQUESTS_IN_FLIGHT,
      maxLoopDelayMs: it.MAX_EVENT_LOOP_DELAY_MS,
      rateRequests: it.RATE_LIMIT_REQUESTS,
      rateWindowSeconds: it.RATE_LIMIT_WINDOW_SECONDS,
    },
    dnsCacheMs: it.DNS_CACHE_SECONDS * 1_000,
    drainTimeoutMs: it.DRAIN_TIMEOUT_MS,
    logLevel: it.LOG_LEVEL,
  })
}

/** Bulk requests never get every connection: the others are what reads go on with. */
function shareConnections(
  { DATABASE_POOL_SIZE: poolSize, MAX_BULK_IN_FLIGHT: bulkInFlight }: z.output<typeof Env>,
  derived: DerivedLimits,
) {
  const size = poolSize ?? Math.max(derived.poolSize, (bulkInFlight ?? 0) + API_NEEDS.reservedConnections)
  return { poolSize: size, bulkInFlight: bulkInFlight ?? Math.min(derived.bulkInFlight, size - 1) }
}
