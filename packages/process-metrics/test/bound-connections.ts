import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import t from 'tap'
import { Bounds, boundConnections } from '../src/index.js'

t.test('counts connections that are open, and those that were too many', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  server.maxConnections = 1
  const bounds = new Bounds()
  boundConnections(bounds, 'connections', 'here', server)
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const open = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    await once(socket, 'connect')
    return socket
  }
  const accepted = once(server, 'connection')
  const first = await open()
  const [served] = await accepted
  const tooMany = once(server, 'drop')
  await open()
  await tooMany
  t.match(bounds.read(), [{ name: 'connections', source: 'here', size: 1, max: 1, evictions: 1 }])
  first.destroy()
  await once(served, 'close')
  t.match(bounds.read(), [{ size: 0 }])
})
