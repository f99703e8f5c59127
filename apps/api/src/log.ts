import type { FastifyRequest } from 'fastify'
import { type Logger, pino, stdSerializers } from 'pino'

const PATH_CHARACTERS = 200

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
      err: (error: Error) => withoutRows(stdSerializers.errWithCause(error)),
      req: (request: FastifyRequest) => ({
        method: request.method,
        path: request.url.split('?', 1)[0]?.slice(0, PATH_CHARACTERS),
        remote_address: request.ip,
      }),
    },
  })
}

/** Postgres quotes rows, with names of members in them, in these fields of its errors. */
const QUOTING = ['detail', 'where', 'internalQuery']

function withoutRows(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error
  const kept = Object.entries(error).filter(([field]) => !QUOTING.includes(field))
  return Object.fromEntries(kept.map(([field, value]) => [field, field === 'cause' ? withoutRows(value) : value]))
}
