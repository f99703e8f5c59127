import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import plugin from 'fastify-plugin'

export const REQUEST_ID_HEADER = 'x-request-id'

/** An id that may stand in a log and in a header as it is; anything else could forge lines in either. */
const SANE = /^[\w-]{1,64}$/

/** The caller's own `X-Request-Id`, so that one id follows a request through every log, or a random one. */
export function requestIdOf({ headers }: { headers: IncomingHttpHeaders }): string {
  const id = headers[REQUEST_ID_HEADER]
  return typeof id === 'string' && SANE.test(id) ? id : randomUUID()
}

/** Tells every caller the id under which the log has its request. */
export const requestId = plugin(
  async (app) => {
    app.addHook('onRequest', async (request, reply) => {
      reply.header(REQUEST_ID_HEADER, request.id)
    })
  },
  { name: 'request-id', fastify: '5.x' },
)
