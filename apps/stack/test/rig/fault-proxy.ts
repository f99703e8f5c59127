import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { FaultProxy } from '../../src/rig/fault-proxy.js'

/** A wire to a server that says everything back, and a connection through it. */
async function wireOf(t: Test) {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await FaultProxy.start((server.address() as AddressInfo).port)
  t.teardown(async () => {
    await proxy.stop()
    server.close()
  })
  return { proxy, connection: await connectionTo(proxy) }
}

async function connectionTo(proxy: FaultProxy) {
  const socket: Socket = connect(proxy.port, '127.0.0.1')
  const heard: Buffer[] = []
  socket.on('data', (piece) => heard.push(piece))
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    socket.on('end', () => resolve('end'))
  })
  // One that is refused may never know that it was connected.
  await once(socket, 'connect').catch(() => {})
  return { socket, ended, heard: () => Buffer.concat(heard).toString() }
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    if (tries === 1_000) throw new Error('It never came to that')
    await sleep(5)
  }
}

t.test('hands on what is said, and counts it in both directions', async (t) => {
  const { proxy, connection } = await wireOf(t)
  const counts: number[] = []
  proxy.watch((bytes) => counts.push(bytes))
  connection.socket.write('hello')
  await until(() => connection.heard() === 'hello')
  t.equal(proxy.bytes, 10)
  t.strictSame(counts, [5, 10])
  connection.socket.end()
})

t.test('resets every connection', async (t) => {
  const { proxy, connection } = await wireOf(t)
  t.equal(proxy.reset(), 1)
  t.equal(await connection.ended, 'ECONNRESET')
  await until(() => proxy.state.connections === 0)
})

t.test('cuts in the middle of what is said, and nothing follows', async (t) => {
  const { proxy, connection } = await wireOf(t)
  const hits = proxy.cutAfter(7)
  connection.socket.write('hello')
  await until(() => proxy.bytes === 10 || connection.heard().length > 0)
  connection.socket.write(' world')
  t.equal(await connection.ended, 'ECONNRESET')
  t.equal(connection.heard(), 'he', 'five bytes there and two back')
  t.equal(hits(), 1)
})

t.test('takes back a cut for which nothing was said', async (t) => {
  const { proxy, connection } = await wireOf(t)
  t.equal(proxy.cutAfter(3)(), 0)
  connection.socket.write('hello')
  await until(() => connection.heard() === 'hello')
  connection.socket.end()
})

t.test('refuses who comes, ends who is there, and is good again', async (t) => {
  const { proxy, connection } = await wireOf(t)
  const refused = proxy.refuse(200)
  t.equal(await connection.ended, 'ECONNRESET')
  const late = await connectionTo(proxy)
  t.equal(await late.ended, 'ECONNRESET')
  t.equal(await refused, 2)
  const welcome = await connectionTo(proxy)
  welcome.socket.write('hello')
  await until(() => welcome.heard() === 'hello')
  welcome.socket.end()
})

t.test('swallows what is said, and ends those who said it', async (t) => {
  const { proxy, connection } = await wireOf(t)
  const swallowed = proxy.blackHole(200)
  connection.socket.write('hello')
  t.equal(await connection.ended, 'ECONNRESET')
  t.equal(connection.heard(), '')
  t.equal(await swallowed, 1)
})

t.test('hands on later, in order', async (t) => {
  const { proxy, connection } = await wireOf(t)
  const delayed = proxy.delay(60, 300)
  const startedAtMs = performance.now()
  connection.socket.write('hello')
  await sleep(5)
  connection.socket.write(' world')
  await until(() => connection.heard() === 'hello world')
  t.ok(performance.now() - startedAtMs >= 119, 'there and back')
  t.ok((await delayed) >= 2)
  connection.socket.end()
})
