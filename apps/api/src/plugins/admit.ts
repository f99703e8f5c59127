import plugin from 'fastify-plugin'
import { type AuthenticateOptions, authenticate } from './authenticate.js'

/**
 * The order in which a request is let in, the same in both mounts: who it is (401), what it may do (403), how much it has
 * asked for already (429), whether there is room (503). Nothing of the body has been read by then.
 */
export const admit = plugin<AuthenticateOptions>(
  async (app, options) => {
    await app.register(authenticate, options)
    app.addHook('onRequest', async (request) => app.countRequest(request))
    app.addHook('onRequest', async (request, reply) => app.takePlace(request, reply))
  },
  { name: 'admit', fastify: '5.x', dependencies: ['limit-rate', 'places'] },
)
