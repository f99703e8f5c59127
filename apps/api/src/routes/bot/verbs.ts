import type { FastifyInstance, HTTPMethods } from 'fastify'
import { ApiError } from '../../errors.js'

/** In the order in which `Allow` names them. */
const VERBS: readonly HTTPMethods[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

/** `OPTIONS`: what can be read and written here. */
const OPTIONS = { renders: ['application/json'], parses: ['application/json'] }

/**
 * Listens to the routes that are added to `app` from now on, and has every answer say in `Allow` what its address takes.
 *
 * @returns to be called after the last of them: adds OPTIONS and a 405 for every other verb of each address, which come
 * after 401 and before everything else, also for an id that is not known
 */
export function answerVerbs(app: FastifyInstance): () => void {
  const verbsOf = new Map<string, Set<string>>()
  let isComplete = false
  app.addHook('onRoute', ({ url, method }) => {
    if (isComplete) return
    const verbs = verbsOf.get(url) ?? new Set(['OPTIONS'])
    for (const it of [method].flat()) verbs.add(it)
    verbsOf.set(url, verbs)
  })
  app.addHook('onRequest', async (request, reply) => {
    const verbs = verbsOf.get(request.routeOptions.url ?? '')
    if (verbs) reply.header('allow', VERBS.filter((it) => verbs.has(it)).join(', '))
  })
  return () => {
    isComplete = true
    for (const [url, verbs] of verbsOf) {
      const address = {
        url: url.slice(app.prefix.length),
        prefixTrailingSlash: 'slash',
        schema: { hide: true },
        config: { scope: 'any' },
      } as const
      app.route({ ...address, method: 'OPTIONS', handler: async () => OPTIONS })
      app.route({
        ...address,
        method: VERBS.filter((it) => !verbs.has(it)),
        handler: async ({ method }) => {
          throw new ApiError(405, 'method_not_allowed', `Method "${method}" not allowed.`)
        },
      })
    }
  }
}
