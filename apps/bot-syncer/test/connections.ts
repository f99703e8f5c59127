import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import t, { type Test } from 'tap'
import { Stack } from './fixtures/stack.js'

/** Passes bytes on to the host of a URL, and counts the connections and the requests that come. */
async function countingProxy(t: Test, url: string) {
  const counts = { connections: 0, requests: 0 }
  const { hostname, port } = new URL(url)
  const server = createServer((socket) => {
    counts.connections += 1
    const upstream = connect(Number(port), hostname)
    socket.on('data', (data) => {
      counts.requests += data.toString('latin1').match(/^(GET|PUT|PATCH|POST|DELETE) \S+ HTTP\/1\.1\r$/gm)?.length ?? 0
    })
    socket.pipe(upstream).pipe(socket)
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  return { counts, url: url.replace(`:${port}`, `:${(server.address() as AddressInfo).port}`) }
}

t.test('a run keeps its connections: to Discord, to the API and to the webhook', async (t) => {
  const stack = await Stack.start(t, { members: 5_000 })
  const discord = await countingProxy(t, stack.simulator.api)
  const api = await countingProxy(t, stack.apiUrl)
  const webhook = await countingProxy(t, stack.simulator.webhook)
  const env = { DISCORD_API_URL: discord.url, API_URL: api.url, WEBHOOK_URL: webhook.url }
  const { code, lines } = await stack.reconcile([], env)
  if (code !== 0) t.comment(lines.slice(-5))
  t.equal(code, 0)
  t.comment({ discord: discord.counts, api: api.counts, webhook: webhook.counts })
  t.ok(discord.counts.requests >= 6, `${discord.counts.requests} requests of Discord`)
  t.ok(discord.counts.connections <= 2, `on ${discord.counts.connections} connections`)
  t.ok(api.counts.requests >= 12, `${api.counts.requests} requests of the API`)
  t.ok(api.counts.connections <= 4, `on ${api.counts.connections} connections`)
  t.ok(webhook.counts.requests >= 2, `${webhook.counts.requests} requests of the webhook`)
  t.equal(webhook.counts.connections, 1)
})
