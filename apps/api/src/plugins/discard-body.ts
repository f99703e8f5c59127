import plugin from 'fastify-plugin'

/** Milliseconds in which a client may send the rest of a body that nobody reads. */
const LINGER_MS = 5_000

/**
 * Lets a client hear why its body was refused. An answer that comes while the body is still being sent is lost when the
 * connection is closed with it (at 4 MiB, every second 413 arrived as a broken pipe), so the rest is taken and thrown
 * away, for a few seconds at most.
 */
export const discardBody = plugin(
  async (app) => {
    app.addHook('onSend', async ({ raw }, reply) => {
      if (raw.complete) return
      // Fastify's: it would end the connection with the answer.
      reply.removeHeader('connection')
      const timer = setTimeout(() => raw.destroy(), LINGER_MS).unref()
      raw.once('close', () => clearTimeout(timer))
    })
  },
  { name: 'discard-body', fastify: '5.x' },
)
