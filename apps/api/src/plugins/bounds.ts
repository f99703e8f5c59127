import type { Bounds } from '@rollcall/process-metrics'
import plugin from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    /** Where a plugin names what it keeps longer than a request. */
    bounds: Bounds
  }
}

/** The first plugin of the application, so that every other can use it. */
export const boundsPlugin = plugin<{ readonly bounds: Bounds }>(
  async (app, { bounds }) => {
    app.decorate('bounds', bounds)
  },
  { name: 'bounds', fastify: '5.x' },
)
