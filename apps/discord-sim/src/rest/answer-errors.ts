import type { FastifyInstance } from 'fastify'
import { DiscordError, discordErrors } from './discord-error.js'

/** Turns whatever a REST route throws into Discord's body of an error. */
export function answerErrors(scope: FastifyInstance): void {
  scope.setErrorHandler((error: Error & { statusCode?: number; code?: unknown }, request, reply) => {
    const told = error instanceof DiscordError ? error : translated(error)
    if (told.status >= 500) request.log.error({ err: error }, 'request failed')
    return reply.code(told.status).send(told.body)
  })
}

/** Fastify's own refusals, which come before a route sees the request. */
function translated({ statusCode = 500, code }: { statusCode?: number; code?: unknown }): DiscordError {
  if (statusCode >= 500) return discordErrors.internal()
  if (code === 'FST_ERR_CTP_INVALID_JSON_BODY' || code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return discordErrors.invalidJson()
  return new DiscordError(statusCode, 0, `${statusCode}: Bad Request`)
}
