import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { RetryLaterError } from '../errors.js'
import { tokenCounters } from './token-counters.js'

export interface LimitRateOptions {
  /** Requests of one token in one window. */
  readonly requests: number
  readonly windowSeconds: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts the request for its token. @throws 429 with the seconds to wait */
    countRequest: (request: FastifyRequest) => Promise<void>
  }
}

/** One counter per token over both mounts; counted after authentication, so that nobody spends another's allowance. */
export const limitRate = plugin<LimitRateOptions>(
  async (app, { requests, windowSeconds, now }) => {
    await app.register(rateLimit, { global: false, store: tokenCounters(app.bounds, now) })
    const check = app.createRateLimit({
      max: requests,
      timeWindow: windowSeconds * 1_000,
      keyGenerator: (request) => request.token?.id ?? 0,
    })
    app.decorate('countRequest', async (request: FastifyRequest) => {
      if (!request.token) return
      const result = await check(request)
      if (result.isAllowed || !result.isExceeded) return
      const message = `A token may make ${requests} requests in ${windowSeconds} seconds. Wait ${result.ttlInSeconds} seconds.`
      throw new RetryLaterError(429, 'rate_limited', message, result.ttlInSeconds)
    })
  },
  { name: 'limit-rate', fastify: '5.x', dependencies: ['bounds'] },
)
