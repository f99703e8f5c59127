import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { distortBody } from '../faults/distort-body.js'
import { concernsRoute } from '../faults/fault.js'
import { DrawnFaults } from '../faults/fault-book.js'
import { refuse } from '../faults/refuse.js'
import type { AppSettings, Simulator } from '../simulator.js'
import { discordErrors } from './discord-error.js'
import { bucketOf } from './rate-limiter.js'
import type { Verdict } from './request-windows.js'
import { sendRateLimited, sendRateLimitPage } from './send-rate-limited.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** The faults that this request has drawn. */
    faults: DrawnFaults
  }
}

const NO_FAULTS = new DrawnFaults([])

/** Where every REST route is mounted. */
export const REST_PREFIX = '/api/v10'

/**
 * What every REST request passes, in Discord's order: the proxy in front (which may have shut the address out), the
 * faults, who asks, and the limits. After it, every answer bears the headers of its bucket.
 *
 * @param authenticated - false for webhook routes: their secret is in the path, and no bot's limit counts
 */
export function addGate(
  scope: FastifyInstance,
  simulator: Simulator,
  { authenticated }: { authenticated: boolean },
): void {
  const { limiter, traffic, settings, nowMs } = simulator
  scope.decorateRequest('faults')
  scope.addHook('onRequest', async (request, reply) => {
    const route = routeOf(request)
    traffic.countRequest(route)
    request.faults = NO_FAULTS
    if (settings.latency_ms > 0) await sleep(settings.latency_ms)
    const banMs = limiter.banMs()
    if (banMs > 0) return sendRateLimitPage(reply, banMs / 1_000)
    request.faults = new DrawnFaults(simulator.faults.draw(concernsRoute(route)))
    const refused = await refuse(request.faults, reply)
    if (refused) return refused
    if (authenticated) {
      authenticate(request, settings)
      const global = limiter.takeGlobal()
      if (global?.allowed === false) return limited(reply, 'global', global)
    }
    const verdict = limiter.takeRoute(route, majorOf(request))
    if (verdict === undefined) return
    addLimitHeaders(reply, { route, verdict, nowMs: nowMs() })
    if (!verdict.allowed) return limited(reply, 'user', verdict)
  })
  scope.addHook<unknown>('onSend', async (request, reply, body) =>
    typeof body === 'string' || Buffer.isBuffer(body) ? distortBody(request.faults, reply, body, nowMs) : body,
  )
  scope.addHook('onResponse', async (_request, reply) => {
    const rateLimitScope = String(reply.getHeader('x-ratelimit-scope') ?? 'cloudflare')
    if (reply.statusCode === 429) traffic.countRateLimited(rateLimitScope)
    const invalid = [401, 403, 429].includes(reply.statusCode)
    if (invalid && rateLimitScope !== 'shared' && limiter.banMs() === 0) limiter.countInvalid()
  })
}

/** `GET /guilds/:guild_id`: the template, never the path itself. */
export function routeOf(request: FastifyRequest): string {
  const url = request.routeOptions.url
  return url === undefined ? 'unmatched' : `${request.method} ${url.slice(REST_PREFIX.length)}`
}

/** Discord tells bots by this header from browsers and scrapers. @see https://discord.com/developers/docs/reference#user-agent */
function authenticate({ headers }: FastifyRequest, { token, token_revoked }: AppSettings): void {
  if (!headers['user-agent']?.startsWith('DiscordBot (')) throw discordErrors.blocked()
  if (token_revoked || headers.authorization !== `Bot ${token}`) throw discordErrors.unauthorized()
}

function majorOf(request: FastifyRequest): string {
  const { guild_id, channel_id, webhook_id } = request.params as Record<string, string>
  return guild_id ?? channel_id ?? webhook_id ?? ''
}

function limited(reply: FastifyReply, scope: 'user' | 'global' | 'shared', { resetAfterMs }: Verdict): FastifyReply {
  return sendRateLimited(reply, { scope, retryAfterSeconds: resetAfterMs / 1_000 })
}

/** @see https://discord.com/developers/docs/topics/rate-limits#header-format */
function addLimitHeaders(reply: FastifyReply, it: { route: string; verdict: Verdict; nowMs: number }): void {
  const { limit, remaining, resetAfterMs } = it.verdict
  reply.headers({
    'x-ratelimit-limit': limit,
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': ((it.nowMs + resetAfterMs) / 1_000).toFixed(3),
    'x-ratelimit-reset-after': (resetAfterMs / 1_000).toFixed(3),
    'x-ratelimit-bucket': bucketOf(it.route),
  })
}
