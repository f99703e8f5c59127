import type { FastifyInstance, HTTPMethods } from 'fastify'
import { ApiError } from '../errors.js'

const METHODS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/**
 * Listens to the routes that are added to `app` from now on.
 *
 * @returns to be called after the last of them: adds a 405 with `Allow` for every other method of each, which a caller
 * without a token does not get to see
 */
export function methodNotAllowed(app: FastifyInstance): () => void {
  const methodsOf = new Map<string, Set<string>>()
  let isComplete = false
  app.addHook('onRoute', ({ url, method }) => {
    if (isComplete) return
    const methods = methodsOf.get(url) ?? new Set()
    for (const it of [method].flat()) methods.add(it)
    methodsOf.set(url, methods)
  })
  return () => {
    isComplete = true
    for (const [url, methods] of methodsOf) {
      const allow = [...methods].sort().join(', ')
      app.route({
        method: METHODS.filter((it) => !methods.has(it)),
        url: url.slice(app.prefix.length),
        schema: { hide: true },
        config: { scope: 'any' },
        handler: async (request, reply) => {
          reply.header('allow', allow)
          throw new ApiError(405, 'method_not_allowed', `Method "${request.method}" not allowed.`)
        },
      })
    }
  }
}
