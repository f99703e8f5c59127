import type { Socket } from 'node:net'
import plugin from 'fastify-plugin'

/**
 * Lets the application close as soon as the last request has its answer. Node would wait for two kinds of connection as if
 * a request were under way: those over which nothing was ever said, so that one silent client could hold up every shutdown,
 * and those that an answer leaves open for another request, until their keep-alive time is over.
 */
export const endConnections = plugin(
  async (app) => {
    // At most `maxConnections` of them.
    const connections = new Set<Socket>()
    let isClosing = false
    app.server.on('connection', (socket: Socket) => {
      connections.add(socket)
      socket.once('close', () => connections.delete(socket))
    })
    app.addHook('preClose', async () => {
      isClosing = true
      for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
    })
    app.addHook('onSend', async (_request, reply) => {
      if (isClosing) reply.header('connection', 'close')
    })
  },
  { name: 'end-connections', fastify: '5.x' },
)
