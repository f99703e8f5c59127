import type { Server } from 'node:net'
import type { Bounds } from './bounds.js'

/**
 * Names the connections of a server with `maxConnections` among the bounds; Node ends one that is too many at once.
 *
 * @param source - the file that makes the server
 */
export function boundConnections(bounds: Bounds, name: string, source: string, server: Server): void {
  let open = 0
  let dropped = 0
  server.on('connection', (socket) => {
    open += 1
    socket.once('close', () => {
      open -= 1
    })
  })
  server.on('drop', () => {
    dropped += 1
  })
  bounds.add(name, {
    kind: 'pool',
    source,
    unit: 'connections',
    size: () => open,
    max: () => server.maxConnections,
    evictions: () => dropped,
  })
}
