import { request as ask, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { saidBy } from '../fixtures/processes.js'
import { Stack } from '../fixtures/stack.js'

t.setTimeout(120_000)

interface Taken {
  maxItems: number
  maxBytes: number
}

/** The API behind a wire on which it publishes other limits than it has, and what was sent to it. */
async function withLimits(t: Test, apiUrl: string, taken: Taken) {
  const chunks: { items: number; bytes: number }[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.method === 'PATCH' && request.url?.endsWith('/members')) {
      chunks.push({ items: JSON.parse(body).members.length, bytes: Buffer.byteLength(body) })
    }
    const { host: _, ...headers } = request.headers
    const forward = ask(`${apiUrl}${request.url}`, { method: request.method ?? 'GET', headers }, async (answer) => {
      const isLimits = request.url === '/limits' && answer.statusCode === 200
      const content = await text(answer)
      const { 'content-length': __, ...sent } = answer.headers
      response.writeHead(answer.statusCode ?? 500, sent)
      response.end(isLimits ? changed(content, taken) : content)
    })
    forward.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, chunks }
}

function changed(limits: string, { maxItems, maxBytes }: Taken): string {
  const all = JSON.parse(limits)
  all.max_members_per_request.max = maxItems
  all.max_bulk_body_bytes.max = maxBytes
  return JSON.stringify(all)
}

t.test(
  'a run obeys the smaller of its own limits and those that the API publishes, as they are at its start',
  async (t) => {
    const stack = await Stack.start(t, { members: 2_500 })
    const taken = { maxItems: 300, maxBytes: 1_000_000 }
    const api = await withLimits(t, stack.apiUrl, taken)
    const run = async (env: Record<string, string> = {}) => {
      api.chunks.length = 0
      await stack.rotateRoles()
      const finished = await stack.reconcile([], { API_URL: api.url, ...env })
      t.equal(finished.code, 0, saidBy(finished))
      t.equal(api.chunks.reduce((sum, { items }) => sum + items, 0) > 2_000, true, 'something was sent')
      return {
        items: Math.max(...api.chunks.map((it) => it.items)),
        bytes: Math.max(...api.chunks.map((it) => it.bytes)),
      }
    }
    t.equal((await run()).items, 300, "the API's number")
    t.equal((await run({ CHUNK_SIZE: '120' })).items, 120, 'its own number')
    Object.assign(taken, { maxItems: 1_000, maxBytes: 20_000 })
    const { items, bytes } = await run()
    t.ok(bytes <= 20_000 && bytes > 15_000, `${bytes} bytes`)
    t.ok(items < 1_000)
    t.strictSame(await stack.mirror(), await stack.guild())
  },
)
