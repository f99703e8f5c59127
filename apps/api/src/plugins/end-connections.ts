import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import plugin from 'fastify-plugin'

/** Milliseconds in which a request that has begun to arrive must be there once the application closes. */
const ARRIVAL_MS = 5_000

/**
 * Lets the application close as soon as the last request has its answer. From then on Node no longer cuts off slow clients,
 * and waits for each connection that is not idle in its eyes; one client could hold up every shutdown:
 *
 * - by saying nothing at all: ended at once;
 * - by keeping open what the last answer came over: that answer ends it;
 * - by sending its request slowly: ended after a few seconds.
 */
export const endConnections = plugin(
  async (app) => {
    // At most `maxConnections` of them, with the request that came last.
    const connections = new Map<Socket, IncomingMessage | undefined>()
    const endThose = (isHopeless: (socket: Socket, request: IncomingMessage | undefined) => boolean) => {
      for (const [socket, request] of connections) if (isHopeless(socket, request)) socket.destroy()
    }
    app.bounds.add('connections', {
      kind: 'pool',
      source: 'apps/api/src/plugins/end-connections.ts',
      holds: ['connections'],
      unit: 'connections',
      size: () => connections.size,
      max: () => app.server.maxConnections,
    })
    let isClosing = false
    let timer: NodeJS.Timeout | undefined

    app.server.on('connection', (socket: Socket) => {
      connections.set(socket, undefined)
      socket.once('close', () => connections.delete(socket))
    })
    app.server.on('request', (request: IncomingMessage) => {
      if (connections.has(request.socket)) connections.set(request.socket, request)
    })
    app.addHook('onSend', async (_request, reply) => {
      if (isClosing) reply.header('connection', 'close')
    })
    app.addHook('preClose', async () => {
      isClosing = true
      endThose((socket) => socket.bytesRead === 0)
      timer = setTimeout(() => endThose((_socket, request) => !request?.complete), ARRIVAL_MS)
    })
    app.addHook('onClose', async () => clearTimeout(timer))
  },
  { name: 'end-connections', fastify: '5.x', dependencies: ['bounds'] },
)
