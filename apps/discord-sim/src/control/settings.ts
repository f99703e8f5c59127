import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { LimitsPatch } from '../rest/limits.js'
import type { Simulator } from '../simulator.js'

const AppPatch = z
  .strictObject({
    token: z.string().min(1).max(200),
    token_revoked: z.boolean(),
    members_intent: z.boolean(),
    approximate_member_count_override: z.int().min(0).nullable(),
    latency_ms: z.int().min(0).max(600_000),
  })
  .partial()

/** `/control/app` and `/control/limits`. */
export function controlSettingRoutes(app: FastifyInstance, simulator: Simulator): void {
  app.get('/app', async () => simulator.settings)
  app.patch('/app', async (request) => Object.assign(simulator.settings, AppPatch.parse(request.body)))
  app.get('/limits', async () => simulator.limiter.limits)
  app.patch('/limits', async (request) => {
    simulator.limiter.change(LimitsPatch.parse(request.body))
    return simulator.limiter.limits
  })
}
