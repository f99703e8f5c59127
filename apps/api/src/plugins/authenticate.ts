import type { Scope } from '@rollcall/contract'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { ApiError, UnauthorizedError } from '../errors.js'
import type { KnownToken, TokenBook } from '../tokens/token-book.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a token needs for this route: a scope, nothing more than being valid (`any`), or no token at all (`open`). */
    scope?: Scope | 'any' | 'open'
  }
  interface FastifyRequest {
    token?: KnownToken
  }
}

export interface AuthenticateOptions {
  readonly tokens: TokenBook
  /** Accepted words before the key, in lower case. */
  readonly schemes: readonly string[]
}

const authenticatePlugin: FastifyPluginAsync<AuthenticateOptions> = async (app, { tokens, schemes }) => {
  // Nobody opens a route by forgetting a line.
  app.addHook('onRoute', ({ url, config }) => {
    if (!config?.scope) throw new Error(`Route ${url} names no scope`)
  })
  app.decorateRequest('token')
  app.addHook('onRequest', async (request) => {
    const { scope } = request.routeOptions.config
    if (scope === 'open' || request.is404) return
    const token = await tokens.find(keyOf(request, schemes))
    request.token = token
    if (!scope || (scope !== 'any' && !token.scopes.has(scope))) {
      throw new ApiError(403, 'forbidden', `The token ${token.name} lacks the scope ${scope}.`)
    }
  })
}

/** @throws {@link UnauthorizedError} before anything else of the request is looked at */
function keyOf(request: FastifyRequest, schemes: readonly string[]): string {
  const [scheme, ...words] = (request.headers.authorization ?? '').trim().split(/\s+/)
  if (!scheme || !schemes.includes(scheme.toLowerCase())) throw new UnauthorizedError('missing')
  if (words.length > 1) throw new UnauthorizedError('blanks')
  const [key] = words
  if (!key) throw new UnauthorizedError('empty')
  return key
}

/** 401 before everything, then 403. Every route of the scope that registers this states the scope it asks for. */
export const authenticate = plugin(authenticatePlugin, { name: 'authenticate', fastify: '5.x' })
