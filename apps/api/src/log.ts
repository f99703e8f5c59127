import type { FastifyRequest } from 'fastify'
import { type Logger, pino, stdSerializers } from 'pino'

/**
 * JSON lines on standard output. A request is logged by method, path and id: never its body, its query (it may hold a
 * name) or its headers (they hold the key).
 */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: {
      err: stdSerializers.errWithCause,
      req: (request: FastifyRequest) => ({
        method: request.method,
        path: request.url.split('?', 1)[0],
        remote_address: request.ip,
      }),
    },
  })
}
