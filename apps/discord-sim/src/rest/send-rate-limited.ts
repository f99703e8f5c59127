import type { RESTRateLimit } from 'discord-api-types/v10'
import type { FastifyReply } from 'fastify'

/** 429 as Discord itself answers it. @see https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit */
export function sendRateLimited(
  reply: FastifyReply,
  { scope, retryAfterSeconds }: { scope: 'user' | 'shared' | 'global'; retryAfterSeconds: number },
): FastifyReply {
  const global = scope === 'global'
  const body: RESTRateLimit = { message: 'You are being rate limited.', retry_after: retryAfterSeconds, global }
  reply.headers({ 'retry-after': Math.ceil(retryAfterSeconds), 'x-ratelimit-scope': scope, via: '1.1 google' })
  if (global) reply.header('x-ratelimit-global', 'true')
  return reply.code(429).send(body)
}

/** 429 as the proxy in front of Discord answers an address that it has shut out: a page, no JSON, no scope. */
export function sendRateLimitPage(reply: FastifyReply, retryAfterSeconds: number): FastifyReply {
  const page =
    '<!doctype html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head>' +
    '<body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>'
  reply.headers({ 'retry-after': Math.ceil(retryAfterSeconds), server: 'cloudflare' })
  return reply.code(429).type('text/html; charset=UTF-8').send(page)
}
