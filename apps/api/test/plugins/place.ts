import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Bounds } from '@rollcall/process-metrics'
import { type FastifyInstance, fastify, type RouteHandlerMethod, type RouteShorthandOptions } from 'fastify'
import t, { type Test } from 'tap'
import { RetryLaterError } from '../../src/errors.js'
import { boundsPlugin } from '../../src/plugins/bounds.js'
import { closeAnswers } from '../../src/plugins/close-answers.js'
import { places } from '../../src/plugins/places.js'

// A place that is not given back shows by waiting for it.
t.setTimeout(60_000)

const OPEN = { config: { scope: 'open' } } as const

/** Places and nothing else, over a real socket. Each test adds the routes it needs. */
async function building(t: Test, { max = 1, before = async () => {} } = {}) {
  const bounds = new Bounds()
  const app = fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  await app.register(boundsPlugin, { bounds })
  await app.register(closeAnswers)
  const limits = { bulk: max, interactive: max, bulkBodyBytes: 1_000, maxLoopDelayMs: 60_000, loopDelayMs: () => 0 }
  await app.register(places, limits)
  app.addHook('onRequest', before)
  app.addHook('onRequest', async (request, reply) => app.takePlace(request, reply))
  const taken = (kind = 'interactive') => bounds.read().find((it) => it.name === `${kind}_requests`)?.size
  return { app, taken, untilTaken: (count: number) => until(() => taken() === count) }
}

async function until(isSo: () => boolean): Promise<void> {
  for (const endsAt = Date.now() + 10_000; !isSo(); await sleep(5)) {
    if (Date.now() > endsAt) throw new Error('It did not come to be')
  }
}

async function listening(app: FastifyInstance) {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  /** A connection that is about to be hung up. */
  return (text: string) => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write(text)
    return socket
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

/** A promise and what settles it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

t.test('every way to end gives the place back, once', async (t) => {
  const fault = () => Promise.reject(new Error('wrong'))
  const teapot = new RetryLaterError(503, 'overloaded', 'Later', 1)
  const ways: [string, number | 'cut', RouteHandlerMethod, RouteShorthandOptions?][] = [
    ['an answer', 200, async () => 'x'],
    ['a reply that is returned', 201, async (_request, reply) => reply.code(201).send('x')],
    ['an answer without a promise', 200, (_request, reply) => void reply.send('x')],
    ['an error', 500, fault],
    ['an error without a promise', 500, () => assert.fail()],
    ['a refusal', 503, () => Promise.reject(teapot)],
    ['a stream', 200, async (_request, reply) => reply.send(Readable.from(['a', 'b']))],
    ['a stream that fails', 'cut', async (_request, reply) => reply.send(Readable.from(failing()))],
    [
      'an answer of its own',
      200,
      async (_request, reply) => {
        reply.hijack()
        reply.raw.end('x')
      },
    ],
    ['a refusal by a later hook', 500, async () => 'x', { preHandler: fault }],
    ['a refusal by the schema', 400, async () => 'x', { schema: { querystring: { required: ['q'] } } }],
  ]
  const { app, taken, untilTaken } = await building(t)
  for (const [index, [, , handler, options]] of ways.entries()) {
    app.get(`/${index}`, { ...OPEN, ...options } as typeof OPEN, handler)
  }
  app.post('/body', { ...OPEN, bodyLimit: 10 } as typeof OPEN, async () => 'x')
  await listening(app)
  const { port } = app.server.address() as AddressInfo
  const ask = (path: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${port}${path}`, init)
      .then(async (it) => (await it.text()) && it.status)
      .catch(() => 'cut' as const)

  for (const [index, [way, status]] of ways.entries()) {
    t.equal(await ask(`/${index}`), status, way)
    await untilTaken(0)
    await ask(`/${index}`, { method: 'HEAD' })
    await untilTaken(0)
  }
  t.equal(await ask('/nowhere'), 404)
  t.equal(await ask('/body', { method: 'POST', body: 'x'.repeat(11) }), 413)
  t.equal(await ask('/body', { method: 'POST', body: 'x', headers: { 'content-type': 'text/x' } }), 415)
  await untilTaken(0)
  t.equal(await ask('/0'), 200)
  await sleep(50)
  t.equal(taken(), 0, 'not fewer than none')
})

async function* failing() {
  yield 'a'
  await sleep(20)
  throw new Error('wrong')
}

t.test('a client that hangs up leaves its place taken until the work for it is over', async (t) => {
  const { app, taken, untilTaken } = await building(t)
  const { opened, open } = gate()
  app.get('/', OPEN, () => opened)
  const send = await listening(app)
  const socket = send(get('/'))
  await untilTaken(1)
  socket.destroy()
  await sleep(100)
  t.equal(taken(), 1)
  t.equal((await app.inject('/')).statusCode, 503)
  open()
  await untilTaken(0)
})

t.test('an answer that is out before its handler has ended leaves the place taken', async (t) => {
  const { app, taken, untilTaken } = await building(t)
  const { opened, open } = gate()
  app.get('/', { ...OPEN, handlerTimeout: 50 } as typeof OPEN, () => opened)
  t.equal((await app.inject('/')).statusCode, 503, 'it took too long')
  await sleep(50)
  t.equal(taken(), 1)
  open()
  await untilTaken(0)
})

t.test('what streams an answer holds the place until its last step is over', async (t) => {
  const { app, taken, untilTaken } = await building(t)
  const { opened, open } = gate()
  async function* pages() {
    yield 'a'
    await opened
    yield 'b'
  }
  app.get('/', OPEN, async (_request, reply) => reply.send(Readable.from(pages())))
  const send = await listening(app)
  const socket = send(get('/'))
  await once(socket, 'data')
  socket.destroy()
  await sleep(100)
  t.equal(taken(), 1)
  open()
  await untilTaken(0)
})

t.test('a client that has left before it was let in takes no place, and nothing is done for it', async (t) => {
  const { opened, open } = gate()
  const { app, taken } = await building(t, { before: () => opened })
  let handled = 0
  app.get('/', OPEN, async () => handled++)
  const send = await listening(app)
  const served = once(app.server, 'request')
  const socket = send(get('/'))
  const [, answer] = await served
  socket.destroy()
  await once(answer, 'close')
  open()
  await sleep(50)
  t.equal(taken(), 0)
  t.equal(handled, 0)
})

t.test('a client that has left before its work has begun has given its place back, and nothing is done', async (t) => {
  const { opened, open } = gate()
  const { app, untilTaken } = await building(t)
  let handled = 0
  app.get('/', { ...OPEN, preHandler: () => opened } as typeof OPEN, async () => handled++)
  const send = await listening(app)
  const socket = send(get('/'))
  await untilTaken(1)
  socket.destroy()
  await untilTaken(0)
  open()
  await sleep(50)
  t.equal(handled, 0)
  await untilTaken(0)
})

t.test('a body that never comes in full gives its place back when the client leaves', async (t) => {
  const { app, untilTaken } = await building(t)
  app.post('/', OPEN, async () => t.fail('It was handled'))
  const send = await listening(app)
  const socket = send(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nx`)
  await untilTaken(1)
  socket.destroy()
  await untilTaken(0)
})

t.test('of requests that came before the first was answered, each gives its place back', async (t) => {
  const { app, taken, untilTaken } = await building(t, { max: 20 })
  const { opened, open } = gate()
  app.get('/wait', OPEN, () => opened)
  const late = (payload: () => unknown): RouteHandlerMethod => {
    return async (_request, reply) => {
      await opened
      return reply.send(payload())
    }
  }
  app.get(
    '/late-reply',
    OPEN,
    late(() => 'x'),
  )
  app.get(
    '/late-stream',
    OPEN,
    late(() => Readable.from(['x'])),
  )
  app.get('/reply', OPEN, async (_request, reply) => reply.send('x'))
  app.get('/stream', OPEN, async (_request, reply) => reply.send(Readable.from(['x'])))
  const send = await listening(app)
  const paths = [
    '/wait',
    '/reply',
    '/stream',
    '/wait',
    '/late-reply',
    '/late-stream',
    ...Array.from({ length: 10 }, () => '/reply'),
  ]
  const warnings: Error[] = []
  const note = (warning: Error) => warnings.push(warning)
  process.on('warning', note)
  t.teardown(() => process.off('warning', note))
  const socket = send(paths.map(get).join(''))
  await untilTaken(paths.length)
  socket.destroy()
  await until(() => (taken() ?? 0) <= 4)
  open()
  await untilTaken(0)
  t.strictSame(warnings, [])

  const answered = send(
    [...paths.map(get), get('/reply').replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')].join(''),
  )
  answered.resume()
  await once(answered, 'close')
  await untilTaken(0)
})
