import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fastify } from 'fastify'
import t from 'tap'
import { closeAnswers } from '../../src/plugins/close-answers.js'

const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

t.test('every answer is closed once: those that are sent, and those whose turn never came', async (t) => {
  const app = fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  await app.register(closeAnswers)
  const closed: string[] = []
  app.addHook('onRequest', async ({ url }, reply) => void reply.raw.on('close', () => closed.push(url)))
  app.get('/at-once/:id', async () => 'x')
  app.get('/never/:id', () => new Promise(() => {}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  const served = connect(port, '127.0.0.1')
  served.end(get('/at-once/1') + get('/at-once/2') + get('/at-once/3', 'Connection: close\r\n')).resume()
  await once(served, 'close')
  t.strictSame(closed.splice(0), ['/at-once/1', '/at-once/2', '/at-once/3'])

  const left = connect(port, '127.0.0.1')
  left.write(get('/never/1') + get('/never/2') + get('/at-once/3'))
  await sleep(100)
  t.strictSame(closed, [])
  left.destroy()
  await once(left, 'close')
  await sleep(100)
  t.strictSame(closed.sort(), ['/at-once/3', '/never/1', '/never/2'])
})
