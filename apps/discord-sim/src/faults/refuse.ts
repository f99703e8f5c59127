import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { DiscordError, discordErrors } from '../rest/discord-error.js'
import { sendRateLimited, sendRateLimitPage } from '../rest/send-rate-limited.js'
import type { DrawnFaults } from './fault-book.js'

/**
 * Answers instead of the route if a drawn fault says so; the first that does wins.
 *
 * @returns the reply when it was answered or hijacked
 */
export async function refuse(faults: DrawnFaults, reply: FastifyReply): Promise<FastifyReply | undefined> {
  for (const fault of faults.list) {
    switch (fault.fault) {
      case 'rate_limit_user':
      case 'rate_limit_shared':
      case 'rate_limit_global': {
        const scope = fault.fault.slice('rate_limit_'.length) as 'user' | 'shared' | 'global'
        return sendRateLimited(reply, { scope, retryAfterSeconds: fault.retry_after })
      }
      case 'rate_limit_html':
        return sendRateLimitPage(reply, fault.retry_after)
      case 'server_error':
        return sendServerError(reply, fault.status)
      case 'unauthorized':
        throw discordErrors.unauthorized()
      case 'forbidden':
        throw fault.code === 50001 ? discordErrors.missingAccess() : discordErrors.missingPermissions()
      case 'socket_reset':
        if (fault.in_body) break
        reply.hijack()
        reply.raw.socket?.resetAndDestroy()
        return reply
      case 'hang':
        reply.hijack()
        // Unreferenced and bounded: a client that gives up first takes the socket with it.
        void sleep(fault.ms, undefined, { ref: false }).then(() => reply.raw.destroy())
        return reply
    }
  }
  return undefined
}

/** Discord's own servers answer JSON; those in front of them a page. */
function sendServerError(reply: FastifyReply, status: number): FastifyReply {
  if (status === 500 || status === 503) {
    return reply
      .code(status)
      .send(
        new DiscordError(status, 0, `${status}: ${status === 500 ? 'Internal Server Error' : 'Service Unavailable'}`)
          .body,
      )
  }
  const title = status === 502 ? '502 Bad Gateway' : '504 Gateway Time-out'
  return reply
    .code(status)
    .type('text/html')
    .send(`<html><head><title>${title}</title></head><body>cloudflare</body></html>`)
}
