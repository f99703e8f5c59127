import type { IncomingMessage, ServerResponse } from 'node:http'
import plugin from 'fastify-plugin'

/**
 * Has every answer say `close`, also when its client goes away. A client may send requests before it has heard the answer to
 * the first (pipelining); when it then hangs up, Node tells only the answer whose turn it is, and whoever waits for the
 * end of the others waits for ever.
 *
 * @see https://nodejs.org/docs/latest-v20.x/api/http.html#event-close_2
 */
export const closeAnswers = plugin(
  async (app) => {
    app.server.on('request', ({ socket }: IncomingMessage, answer: ServerResponse) => {
      const close = () => {
        if (answer.closed) return
        answer.destroy()
        // For those who begin to wait later.
        Object.defineProperty(answer, 'closed', { value: true })
        answer.emit('close')
      }
      // One for each request that waits; ten are not a leak here.
      socket.setMaxListeners(0)
      socket.once('close', close)
      answer.once('close', () => socket.off('close', close))
    })
  },
  { name: 'close-answers', fastify: '5.x' },
)
