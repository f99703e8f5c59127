import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { ask, headOf } from '../src/attack/ask.js'
import { ATTACKS } from '../src/attack/attacks.js'
import { besiege } from '../src/attack/siege.js'
import { startCommand } from './fixtures/command.js'

t.setTimeout(120_000)

t.test('the API refuses every attack, answers its probe, and serves a reconcile meanwhile', async (t) => {
  const { code, output } = await startCommand('attack', {}, ['--seconds', '2', '--members', '1000']).ended
  t.comment(output)
  t.equal(code, 0)
  t.match(output, /50 MiB +│.*413/)
  t.match(output, /come slowly +│ \d+ × 408/)
  t.match(output, /All as it must be/)
})

t.test('a server that gives in is told, attack by attack', async (t) => {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(500).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.closeAllConnections())
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  for (const attack of ATTACKS.filter(({ title }) => /wrong|SQL|items|paths/.test(title))) {
    const { faults } = await besiege({ ...attack, clients: 1 }, { url, guildId: '1', token: 'x' }, 1)
    t.strictSame(faults, [`${attack.title}: 1 ended with 500`])
  }
})

t.test('a connection that is cut is heard as closed', async (t) => {
  const server = createServer(({ socket }) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  t.equal(await ask(url, [headOf('GET', '/', {})]), 'closed')
})
