import { z } from 'zod'

/** A sliding window remembers every request in it, so its limit has a lower ceiling. */
const MAX_SLIDING_LIMIT = 1_000

/**
 * `fixed`: the window starts with the first request and ends `window_ms` later, whatever happens in it. `sliding`: each
 * request counts for `window_ms` from its own instant.
 */
export const WindowLimit = z
  .strictObject({
    limit: z.int().min(1).max(1_000_000),
    window_ms: z.int().min(1).max(86_400_000),
    mode: z.enum(['fixed', 'sliding']).default('fixed'),
  })
  .refine(
    (it) => it.mode === 'fixed' || it.limit <= MAX_SLIDING_LIMIT,
    `A sliding limit is at most ${MAX_SLIDING_LIMIT}`,
  )
export type WindowLimit = z.output<typeof WindowLimit>

/** Every rate limit in force. A route is spelled `METHOD /path/:with_parameters`. */
export interface Limits {
  enabled: boolean
  /** Over all routes of the bot. */
  global: WindowLimit
  /** 401, 403 and 429 answers after which the address is shut out for the rest of the window. */
  invalid_requests: WindowLimit
  /** Webhook messages of one channel; not told in any header until it is hit. */
  webhook_channel: WindowLimit
  /** Routes that `routes` does not name. */
  default: WindowLimit
  routes: Record<string, WindowLimit>
}

/** `PATCH /control/limits`: what it names is replaced; a route set to null falls back to `default`. */
export const LimitsPatch = z
  .strictObject({
    enabled: z.boolean(),
    global: WindowLimit,
    invalid_requests: WindowLimit,
    webhook_channel: WindowLimit,
    default: WindowLimit,
    routes: z.record(z.string(), WindowLimit.nullable()),
  })
  .partial()
export type LimitsPatch = z.output<typeof LimitsPatch>

const PUT_ROLE = 'PUT /guilds/:guild_id/members/:user_id/roles/:role_id'
const DELETE_ROLE = 'DELETE /guilds/:guild_id/members/:user_id/roles/:role_id'
const EXECUTE_WEBHOOK = 'POST /webhooks/:webhook_id/:webhook_token'

/**
 * Discord's published and observed numbers; where there are none, generous ones.
 *
 * @see https://discord.com/developers/docs/topics/rate-limits
 * @see https://github.com/discord/discord-api-docs/issues/7680 (10 role writes in 10 s)
 */
export function defaultLimits(): Limits {
  return {
    enabled: true,
    global: { limit: 50, window_ms: 1_000, mode: 'fixed' },
    invalid_requests: { limit: 10_000, window_ms: 600_000, mode: 'fixed' },
    webhook_channel: { limit: 30, window_ms: 60_000, mode: 'fixed' },
    default: { limit: 100, window_ms: 1_000, mode: 'sliding' },
    routes: {
      [PUT_ROLE]: { limit: 10, window_ms: 10_000, mode: 'fixed' },
      [DELETE_ROLE]: { limit: 10, window_ms: 10_000, mode: 'fixed' },
      [EXECUTE_WEBHOOK]: { limit: 5, window_ms: 2_000, mode: 'fixed' },
    },
  }
}
