import { hostname } from 'node:os'
import { type DerivedQueue, deriveQueue, heapLimitBytes } from '@rollcall/container-limits'
import { isSnowflake, MAX_SHARDS_PER_PROCESS } from '@rollcall/contract'
import ms, { type StringValue } from 'ms'
import * as z from 'zod'
import { commonConfigOf, Env, type Environment, parseEnvironment } from '../config.js'
import { ordinalOf } from './core/preferred-shards.js'

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

/** What only `live` needs, in the order of `.env.example`, where each is explained. */
export const liveEnv = {
  GUILD_IDS: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .pipe(z.array(z.string().refine(isSnowflake, 'Expected ids with commas in between')))
    .optional(),
  SHARD_COUNT: whole(1, 65_536).optional(),
  MAX_SHARDS: whole(1, MAX_SHARDS_PER_PROCESS).default(16),
  SHARD_ORDINAL: whole(0, 65_535).optional(),
  SHARDS_PER_PROCESS: whole(1, MAX_SHARDS_PER_PROCESS).optional(),
  LEASE_SECONDS: whole(3, 300).default(15),
  RECONCILE_INTERVAL: z
    .string()
    .default('1h')
    .transform((text) => (text === 'off' ? null : ms(text as StringValue) / 1_000))
    .pipe(z.nullable(z.int('Expected off, or a duration such as 1h').min(10).max(2_592_000))),
  RECONCILE_CONCURRENCY: whole(0, 16).default(1),
  MAX_QUEUED_EVENTS: whole(1_000, 1_000_000).optional(),
  MAX_QUEUED_BYTES: whole(1_048_576, 1_073_741_824).optional(),
}

/** Every environment variable of `live`; GUILD_ID may be there for the sake of `reconcile`, and means nothing. */
export const LiveEnv = Env.extend({ GUILD_ID: Env.shape.GUILD_ID.optional(), ...liveEnv })

export type LiveConfig = ReturnType<typeof readLiveConfig>

const MAX_HOLDER = 100

/**
 * The name under which the process holds shards. A container's outlives a restart, which so has its shards back at once; on a
 * host of their own, processes that shared a name would take each other's shards for ever.
 */
function holderOf({ HOSTNAME }: Environment, pid: number): string {
  const [name, end] = HOSTNAME ? [HOSTNAME, ''] : [hostname(), `-${pid}`]
  return [...name.toWellFormed()].slice(0, MAX_HOLDER - end.length).join('') + end
}

/** In the heap that the syncer is deployed with. */
const DEPLOYED_QUEUE = deriveQueue(heapLimitBytes(64))

/**
 * @param pid - of this process
 * @param derived - from the heap, for what the environment leaves open
 * @throws ConfigError with all faults at once
 */
export function readLiveConfig(environment: Environment, pid = process.pid, derived: DerivedQueue = DEPLOYED_QUEUE) {
  const env = parseEnvironment(LiveEnv, environment)
  return {
    ...commonConfigOf(env),
    /** Undefined: every guild of the bot. */
    followed: env.GUILD_IDS === undefined ? undefined : new Set(env.GUILD_IDS),
    holder: holderOf(environment, pid),
    shards: {
      /** Undefined: as many as Discord recommends. */
      count: env.SHARD_COUNT,
      max: env.MAX_SHARDS,
      ordinal: ordinalOf(env.SHARD_ORDINAL, environment.HOSTNAME || hostname()),
      perProcess: env.SHARDS_PER_PROCESS ?? env.MAX_SHARDS,
    },
    leaseSeconds: env.LEASE_SECONDS,
    /** Without an interval only guilds that may lack something are reconciled. */
    reconcile: { intervalSeconds: env.RECONCILE_INTERVAL, concurrency: env.RECONCILE_CONCURRENCY },
    queue: {
      maxEvents: env.MAX_QUEUED_EVENTS ?? derived.maxEvents,
      maxBytes: env.MAX_QUEUED_BYTES ?? derived.maxBytes,
    },
  } as const
}
