import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { ask, headOf } from '../src/attack/ask.js'
import { ATTACKS, type Victim } from '../src/attack/attacks.js'
import { besiege } from '../src/attack/siege.js'
import { Random } from '../src/rig/random.js'
import { startCommand } from './fixtures/command.js'
import { plantedBuild } from './fixtures/planted-build.js'

// An attack takes half a minute; the machine may be busy with other tests.
t.setTimeout(280_000)

const SHORT = ['--seed', '1', '--seconds', '1', '--members', '1000']

t.test('the API refuses every attack, answers its probe, and serves a reconcile meanwhile', async (t) => {
  const { code, output } = await startCommand('attack', {}, [...SHORT, '--patience', '90']).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, / × 413/)
  t.match(output, /wrong tokens +│.* × 401/)
  t.match(output, /headers that come slowly +│.* × 408/)
  t.match(output, /bodies that come slowly +│.* × 408/)
  t.match(output, /hangs up after sending +│ \d+ × hung up/)
  t.match(output, /\/livez: \d+ times/)
  t.match(output, /All as it must be/)
})

t.test('an API that takes bodies of any size is told by its memory, or its end', async (t) => {
  const api = await plantedBuild(t, 'bodies', {
    app: 'api',
    replace: 'route.bodyLimit = bulkBodyBytes',
    by: 'route.bodyLimit = 2 ** 30',
  })
  const { code, output } = await startCommand('attack', {}, [
    ...SHORT,
    '--only',
    '50 MiB',
    '--patience',
    '15',
    '--api',
    api,
  ]).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, output.includes('enforced by the kernel') ? /the kernel killed the API/ : /the API used \d+ MiB/)
})

t.test('an API that waits for headers as long as they come is told by the time', async (t) => {
  const api = await plantedBuild(t, 'headers', {
    app: 'api',
    replace: 'connectionsCheckingInterval: 1e3',
    by: 'connectionsCheckingInterval: 6e5',
  })
  const args = [...SHORT, '--only', 'headers that come slowly', '--patience', '8', '--api', api]
  const { code, output } = await startCommand('attack', {}, args).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /headers that come slowly: \d+ ended with no answer in time/)
})

t.test('an API that takes a client that hung up for one that costs nothing is told by its statements', async (t) => {
  const api = await plantedBuild(t, 'early', {
    app: 'api',
    replace: 'place.during(() => handler.call(this, request, reply))',
    by: 'handler.call(this, request, reply)',
  })
  const args = [...SHORT, '--seconds', '3', '--only', 'hangs up after sending', '--api', api]
  const { code, output } = await startCommand('attack', {}, args).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /\d+ bulk statements were at work at a time; 4 are let in/)
})

t.test('an API that keeps the places of those who hung up is told by what is left', async (t) => {
  const api = await plantedBuild(t, 'late', { app: 'api', replace: 'socket.once("close", close)', by: '' })
  const args = [...SHORT, '--only', 'hangs up at once', '--patience', '8', '--api', api]
  const { code, output } = await startCommand('attack', {}, args).ended
  t.comment(output)
  t.equal(code, 1)
  t.match(output, /\d+ of interactive_requests are still taken when everybody has gone/)
})

/** A server that gives in. */
async function victimOf(t: Test, listener: RequestListener): Promise<Victim> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  t.teardown(() => server.closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, guildId: '1', sacrificeId: '2', token: 'x', patienceMs: 60_000, random: new Random(1) }
}

t.test('a server that fails under an attack is told, attack by attack', async (t) => {
  const victim = await victimOf(t, (request, response) => {
    request.resume()
    response.writeHead(500).end()
  })
  for (const attack of ATTACKS.filter(({ title }) => /wrong|SQL|items|paths|deep/.test(title))) {
    const { faults } = await besiege({ ...attack, clients: 1 }, victim, 0)
    t.strictSame(faults, [`${attack.title}: 1 ended with 500`])
  }
})

t.test('a server that lets everybody in is told, too', async (t) => {
  const victim = await victimOf(t, (request, response) => {
    request.resume()
    response.writeHead(200).end()
  })
  for (const attack of ATTACKS.filter(({ title }) => /wrong|items|paths|deep/.test(title))) {
    const { faults } = await besiege({ ...attack, clients: 1 }, victim, 0)
    t.strictSame(faults, [`${attack.title}: 1 ended with 200`])
  }
})

t.test('a connection that is cut is heard as closed, and silence as no answer', async (t) => {
  t.equal(await ask(await victimOf(t, ({ socket }) => socket.destroy()), [headOf('GET', '/', {})]), 'closed')
  const silent = { ...(await victimOf(t, () => {})), patienceMs: 300 }
  t.equal(await ask(silent, [headOf('GET', '/', {})]), 'no answer in time')
})

t.test('a misspelt kind of attack is no attack that was withstood', async (t) => {
  const { code, output } = await startCommand('attack', {}, ['--only', 'no such kind']).ended
  t.equal(code, 2)
  t.match(output, /No kind of attack has "no such kind" in its name/)
})
