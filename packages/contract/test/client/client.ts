import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import {
  ApiResponseError,
  ApiUnreachableError,
  encodePatch,
  MalformedResponseError,
  NO_COUNTS,
  nextPageLimit,
  RollcallClient,
  type RollcallClientOptions,
  stampOf,
} from '../../src/index.js'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
type Answer = {
  status?: number
  headers?: Record<string, string>
  body?: unknown
  act?: (response: ServerResponse) => void
}

/** A server at the edge of the world that answers one prepared answer after the other and remembers what was asked. */
async function serverOf(t: Test, answers: readonly (Answer | ((asked: Asked) => Answer))[]) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { method = '', url = '', headers } = request
    const answer = answers[Math.min(asked.length, answers.length - 1)] ?? {}
    asked.push({ method, url, headers, body })
    const {
      status = 200,
      headers: sent = {},
      body: content,
      act,
    } = typeof answer === 'function' ? answer({ method, url, headers, body }) : answer
    if (act) return act(response)
    response.writeHead(status, { 'content-type': 'application/json', ...sent })
    response.end(typeof content === 'string' ? content : JSON.stringify(content))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

/** Nobody listens there any more. */
async function refusingUrl(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : ''
}

const clientOf = (url: string, options: Partial<RollcallClientOptions> = {}) =>
  new RollcallClient({ url, token: 'key', retries: [], ...options })
/** The error of a call that has to fail. */
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
const error = (code: string) => ({ code, message: `It is ${code}.` })
const member = (id: string) => ({
  id,
  name: 'n',
  display_name: '',
  discriminator: 0,
  roles: ['9', '10'],
  in_guild: true,
  observed_at: stampOf(0),
})
const run = {
  id: '1',
  guild_id: '42',
  state: 'running',
  attempt: 1,
  started_at: stampOf(0),
  heartbeat_at: stampOf(0),
  finished_at: null,
  error: null,
  ...NO_COUNTS,
}

t.test('asks with the token, in JSON, and reads ids exactly', async (t) => {
  const guild = { id: '9223372036854775807', name: 'G', observed_at: stampOf(0) }
  const { url, asked } = await serverOf(t, [{ body: guild }])
  t.strictSame(await clientOf(`${url}/`).putGuild(2n ** 63n - 1n, { name: 'G', observed_at: stampOf(0) }), {
    ...guild,
    id: 2n ** 63n - 1n,
  })
  t.match(asked, [
    {
      method: 'PUT',
      url: '/guilds/9223372036854775807',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
    },
  ])
})

t.test('every route is asked by its own method and path', async (t) => {
  const role = { id: '7', name: 'r', colour: 1, permissions: '8', position: 1, observed_at: stampOf(0) }
  const { url, asked } = await serverOf(t, [
    { body: { id: '42', name: 'G', observed_at: stampOf(0) } },
    { body: { roles: [role] } },
    { body: { verdict: 'applied', role } },
    { body: { members_changed: 3 } },
    { body: run },
    { body: run },
  ])
  const client = clientOf(url)
  await client.getGuild(42n)
  t.match(await client.listRoles(42n), [{ id: 7n, permissions: 8n }])
  const { id: _id, ...fields } = role
  t.match(await client.putRole(42n, 7n, { ...fields, permissions: 8n }), { verdict: 'applied' })
  t.strictSame(await client.deleteRole(42n, 7n), { members_changed: 3 })
  t.match(await client.startSyncRun(42n, { now: true }), { id: 1n, guild_id: 42n })
  await client.reportSyncRun(42n, 1n, { ...NO_COUNTS, state: 'done' })
  t.strictSame(
    asked.map(({ method, url }) => `${method} ${url}`),
    [
      'GET /guilds/42',
      'GET /guilds/42/roles',
      'PUT /guilds/42/roles/7',
      'DELETE /guilds/42/roles/7',
      'POST /guilds/42/sync-runs',
      'PATCH /guilds/42/sync-runs/1',
    ],
  )
  t.match(JSON.parse(asked[2]?.body ?? ''), { permissions: '8' }, 'a bigint travels as digits')
})

t.test('pages follow next_after to the end, each asked for when it is wanted', async (t) => {
  const { url, asked } = await serverOf(t, [
    { body: { members: [member('1'), member('2')], next_after: '2' } },
    { body: { members: [member('3')], next_after: null } },
  ])
  const pages = clientOf(url).listMemberPages(42n, { limit: 2, filter: { in_guild: true, role: 9n } })
  t.match((await pages.next()).value, [{ id: 1n, roles: [9n, 10n] }, { id: 2n }])
  t.equal(asked.length, 1)
  t.match((await pages.next()).value, [{ id: 3n }])
  t.equal((await pages.next()).done, true)
  t.strictSame(
    asked.map((it) => it.url),
    ['/guilds/42/members?limit=2&in_guild=true&role=9', '/guilds/42/members?limit=2&after=2&in_guild=true&role=9'],
  )
})

t.test('the first page is small, the next as large as the roles of the last one allow', async (t) => {
  const roles = Array.from({ length: 250 }, (_, id) => `${id}`)
  const { url, asked } = await serverOf(t, [
    { body: { members: [member('1')], next_after: '1' } },
    { body: { members: [{ ...member('2'), roles }], next_after: '2' } },
    { body: { members: [], next_after: null } },
  ])
  for await (const _page of clientOf(url).listMemberPages(42n));
  const limits = asked.map((it) => new URL(it.url, url).searchParams.get('limit'))
  t.strictSame(limits, ['50', '1000', '50'])
  t.equal(nextPageLimit([{ roles: [] }], 1_000), 1_000)
  t.equal(nextPageLimit([{ roles: Array.from({ length: 1_000_000 }) }], 1_000), 1)
})

t.test('a list that begins behind somebody begins with a page like their neighbours', async (t) => {
  const { url, asked } = await serverOf(t, [{ body: { members: [], next_after: null } }])
  const weighing = (roles: number) => ({ roles: Array.from({ length: roles }) })
  const neighbours = (count: number, roles: number) => Array.from({ length: count }, () => weighing(roles))
  for (const like of [[], neighbours(7, 1), neighbours(900, 1), neighbours(900, 250)]) {
    for await (const _page of clientOf(url).listMemberPages(42n, { after: 8n, like }));
  }
  t.strictSame(
    asked.map((it) => it.url),
    [50, 50, 900, 50].map((limit) => `/guilds/42/members?limit=${limit}&after=8`),
  )
})

t.test('a digest is asked for by its range', async (t) => {
  const sha256 = 'ab'.repeat(32)
  const { url, asked } = await serverOf(t, [
    { body: { sha256 } },
    { body: { sha256: null } },
    { body: { sha256: 'x' } },
  ])
  const client = clientOf(url)
  t.strictSame(await client.digestMembers(42n, { after: 8n, through: 9n }), { sha256 })
  t.strictSame(await client.digestMembers(42n, { through: 9n }), { sha256: null })
  await t.rejects(client.digestMembers(42n, { through: 9n }), MalformedResponseError)
  t.strictSame(
    asked.slice(0, 2).map((it) => it.url),
    ['/guilds/42/members/digest?after=8&through=9', '/guilds/42/members/digest?through=9'],
  )
})

t.test('members come one by one across pages', async (t) => {
  const { url } = await serverOf(t, [
    { body: { members: [member('1'), member('2')], next_after: '2' } },
    { body: { members: [member('3')], next_after: null } },
  ])
  const ids: bigint[] = []
  for await (const { id } of clientOf(url).listMembers(42n)) ids.push(id)
  t.strictSame(ids, [1n, 2n, 3n])
})

t.test('pages that do not move on are an error, not an endless loop', async (t) => {
  const { url, asked } = await serverOf(t, [{ body: { members: [], next_after: '5' } }])
  const read = async () => {
    for await (const _page of clientOf(url).listMemberPages(42n));
  }
  await t.rejects(read(), { name: 'MalformedResponseError' })
  t.equal(asked.length, 2)
})

t.test('an answer from 400 up is an error with its facts', async (t) => {
  const { url } = await serverOf(t, [
    { status: 409, body: error('sync_run_too_early'), headers: { 'retry-after': '30' } },
  ])
  const failure = await failureOf(clientOf(url).startSyncRun(42n))
  t.ok(failure instanceof ApiResponseError)
  t.match(failure, { status: 409, method: 'POST', retryAfterSeconds: 30, body: { code: 'sync_run_too_early' } })
  t.match(failure, { message: /It is sync_run_too_early/ })
})

t.test("an error page that is not the API's own is still told by its status", async (t) => {
  const { url } = await serverOf(t, [{ status: 502, body: '<html>Bad gateway</html>' }])
  const failure = await failureOf(clientOf(url).getGuild(42n))
  t.match(failure, { name: 'ApiResponseError', status: 502, body: undefined, retryAfterSeconds: undefined })
})

t.test('a success that does not follow the contract is an error, never an empty result', async (t) => {
  for (const body of ['<html>', '{"members":[', { members: [] }, { members: [{ id: 'x' }], next_after: null }]) {
    const { url } = await serverOf(t, [{ body }])
    await t.rejects(clientOf(url).listMemberPages(42n).next(), MalformedResponseError)
  }
})

t.test('a body cut off by the connection is no answer', async (t) => {
  const act = (response: ServerResponse) => {
    response.writeHead(200, { 'content-length': '1000' })
    response.write('{"members":[')
    setTimeout(() => response.destroy(), 5)
  }
  const { url } = await serverOf(t, [{ act }])
  await t.rejects(clientOf(url).listMemberPages(42n).next(), ApiUnreachableError)
})

t.test('a server that hangs is given up after the time limit of one attempt', async (t) => {
  const { url } = await serverOf(t, [{ act: () => {} }])
  await t.rejects(clientOf(url, { timeoutMs: 50 }).getGuild(42n), ApiUnreachableError)
})

t.test('a refused connection names its reason and hides the token', async (t) => {
  const failure = await failureOf(clientOf(await refusingUrl(), { token: 'secret-key' }).getGuild(42n))
  t.ok(failure instanceof ApiUnreachableError)
  t.match(failure, { message: /ECONNREFUSED/ })
  t.notMatch(String(failure), /secret-key/)
})

t.test('a redirect is not followed: the token would go with it', async (t) => {
  const { url, asked } = await serverOf(t, [{ status: 302, headers: { location: '/elsewhere' } }])
  t.match(await failureOf(clientOf(url).getGuild(42n)), { name: 'ApiResponseError', status: 302 })
  t.equal(asked.length, 1)
})

t.test('an abort is thrown as its reason', async (t) => {
  const { url } = await serverOf(t, [{ act: () => {} }])
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('stopped')), 20)
  await t.rejects(clientOf(url).getGuild(42n, controller.signal), { message: 'stopped' })
})

t.test('the table of retries is used, and each retry told', async (t) => {
  const guild = { id: '42', name: 'G', observed_at: stampOf(0) }
  const { url, asked } = await serverOf(t, [
    { status: 503, body: error('too_many_bulk_requests'), headers: { 'retry-after': '0' } },
    { status: 500, body: error('internal_error') },
    { act: (response) => void response.socket?.destroy() },
    { body: guild },
  ])
  const told: unknown[] = []
  const client = new RollcallClient({ url, token: 'key', onRetry: ({ error }) => told.push(error) })
  t.match(await client.getGuild(42n), { id: 42n })
  t.equal(asked.length, 4)
  t.match(told, [{ status: 503 }, { status: 500 }, { name: 'ApiUnreachableError' }])
})

t.test('a chunk is sent as it was encoded, with the stamp of all', async (t) => {
  const answer = {
    counts: { applied: 1, unchanged: 0, stale: 0, failed: 0 },
    results: [{ id: '7', verdict: 'applied' }],
  }
  const { url, asked } = await serverOf(t, [{ body: answer }])
  const chunk = [encodePatch({ id: 7n, roles: [8n], in_guild: true })]
  const response = await clientOf(url).patchMembers(42n, chunk, { observedAt: stampOf(0) })
  t.match(response, { counts: { applied: 1 }, results: [{ id: 7n, verdict: 'applied' }] })
  t.equal(asked[0]?.method, 'PATCH')
  t.strictSame(JSON.parse(asked[0]?.body ?? ''), {
    observed_at: stampOf(0),
    members: [{ id: '7', roles: ['8'], in_guild: true }],
  })
})

/** Takes at most `limit` members, as a server with a smaller body limit would. */
const taking = (limit: number) => (asked: Asked) => {
  const { members } = JSON.parse(asked.body) as { members: { id: string }[] }
  if (members.length > limit) return { status: 413, body: error('body_too_large') }
  const counts = { applied: members.length, unchanged: 0, stale: 0, failed: 0 }
  return { body: { counts, results: members.map(({ id }) => ({ id, verdict: 'applied' })) } }
}

t.test('a chunk that is too large is halved until it fits, and every item has its result in order', async (t) => {
  const { url, asked } = await serverOf(t, [taking(3)])
  const chunk = Array.from({ length: 10 }, (_, id) => encodePatch({ id: BigInt(id) }))
  const { counts, results } = await clientOf(url).patchMembers(42n, chunk, { observedAt: stampOf(0) })
  t.equal(counts.applied, 10)
  t.strictSame(
    results.map(({ id }) => id),
    chunk.map(({ id }) => id),
  )
  t.ok(asked.every(({ body }) => JSON.parse(body).observed_at === stampOf(0)))
})

t.test('a single item that is too large is the error of that chunk', async (t) => {
  const { url, asked } = await serverOf(t, [taking(0)])
  t.match(await failureOf(clientOf(url).patchMembers(42n, [encodePatch({ id: 1n })])), { status: 413 })
  t.equal(asked.length, 1)
})
