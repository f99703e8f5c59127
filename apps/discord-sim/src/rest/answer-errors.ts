import { STATUS_CODES } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { DiscordError, discordErrors } from './discord-error.js'

/** Turns whatever a REST route throws into Discord's body of an error. */
export function answerErrors(scope: FastifyInstance): void {
  scope.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const told = error instanceof DiscordError ? error : translated(error)
    if (told.status >= 500) request.log.error({ err: error }, 'request failed')
    return reply.code(told.status).send(told.body)
  })
}

/** Fastify's own refusals, which come before a route sees the request: too large, of no known type. */
function translated({ statusCode = 500 }: { statusCode?: number }): DiscordError {
  if (statusCode >= 500) return discordErrors.internal()
  return new DiscordError(statusCode, 0, `${statusCode}: ${STATUS_CODES[statusCode]}`)
}
