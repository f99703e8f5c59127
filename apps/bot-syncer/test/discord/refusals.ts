import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { DiscordClient } from '../../src/discord/client.js'
import { explainDiscordError } from '../../src/discord/explain.js'
import { MAX_REFUSALS, Refusals } from '../../src/discord/refusals.js'
import { createRest } from '../../src/discord/rest.js'

t.test('refused requests are counted up to the limit, then none is made', async (t) => {
  const refusals = new Refusals(() => 0)
  for (let count = 1; count < MAX_REFUSALS; count += 1) refusals.record([401, 403, 429][count % 3] ?? 0, 'user')
  refusals.check()
  refusals.record(403, null)
  t.throws(() => refusals.check(), { name: 'TooManyRefusalsError', message: /2000 requests/ })
})

t.test('what Discord does not call invalid is not counted', async (t) => {
  const refusals = new Refusals(() => 0)
  for (let count = 0; count < 2 * MAX_REFUSALS; count += 1) {
    refusals.record([200, 404, 500, 503][count % 4] ?? 0, null)
    refusals.record(429, 'shared')
  }
  t.doesNotThrow(() => refusals.check())
})

t.test('after ten minutes the count begins anew', async (t) => {
  let now = 0
  const refusals = new Refusals(() => now)
  for (let count = 0; count < MAX_REFUSALS; count += 1) refusals.record(403, null)
  now = 599_999
  t.throws(() => refusals.check())
  now = 600_000
  t.doesNotThrow(() => refusals.check())
  refusals.record(403, null)
  t.doesNotThrow(() => refusals.check())
})

type Answer = readonly [status: number, headers: Record<string, string>, body: string]

/** A Discord at the edge of the world that gives these answers in turn, the last one for ever. */
async function discordOf(t: Test, answers: readonly Answer[]) {
  let asked = 0
  const server = createServer((_request, response) => {
    const [status, headers, body] = answers[Math.min(asked, answers.length - 1)] ?? [500, {}, '']
    asked += 1
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}/api` : ''
  const waits: number[] = []
  const rest = createRest({ url, refusals: new Refusals(Date.now), onWait: (waitMs) => waits.push(waitMs) })
  const discord = new DiscordClient({ rest, token: 'token', guildId: 1n, clock: Date.now, onRetry: () => {} })
  return { discord, rest, waits, asked: () => asked }
}

const BOT: Answer = [200, {}, '{"id":"2","username":"bot"}']
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (failure: unknown) => failure,
  )
const live = new AbortController().signal

t.test('a proxy that limits without saying how long is not asked again at once', async (t) => {
  const { discord, waits, asked } = await discordOf(t, [[429, {}, '<html>'], BOT])
  const pending = failureOf(discord.getBot(AbortSignal.timeout(400)))
  t.match(await pending, { name: 'TimeoutError' }, 'whoever waits can stop waiting')
  t.equal(asked(), 1)
  t.match(waits, [5_050], 'a long wait is told')
})

t.test('a stop ends a wait for the rate limit at once', async (t) => {
  const { discord } = await discordOf(t, [
    [429, { 'retry-after': '4' }, '{"message":"slow","retry_after":4,"global":false}'],
  ])
  const stop = new AbortController()
  setTimeout(() => stop.abort(new Error('stopped')), 50)
  const startedAt = Date.now()
  t.match(await failureOf(discord.getBot(stop.signal)), { message: 'stopped' })
  t.ok(Date.now() - startedAt < 2_000)
})

t.test('a page that is no list of members is never an empty one', async (t) => {
  for (const body of ['{}', 'null', '[{}]', '[{"user":{"id":"x"},"roles":[]}]', '[{"user":{"id":"5"}}]']) {
    const { discord, asked } = await discordOf(t, [
      [200, {}, body],
      [200, {}, '[]'],
    ])
    t.equal((await discord.memberPages(live).next()).done, true, 'the second answer is the true one')
    t.equal(asked(), 2)
  }
})

t.test('pages of ever other sizes are one route to the library', async (t) => {
  const roles = (count: number) => Array.from({ length: count }, (_, index) => `${10 ** 17 + index * 1_000}`)
  const member = (id: number) => ({ user: { id: `${id}`, username: 'ana', discriminator: '0' }, roles: roles(id) })
  const pages = Array.from({ length: 60 }, (_, at): Answer => [200, {}, JSON.stringify([member(at + 60)])])
  const { discord, rest, asked } = await discordOf(t, [...pages, [200, {}, '[]']])
  for await (const _page of discord.memberPages(live));
  t.equal(asked(), 61)
  t.equal(rest.handlers.size, 1)
})

t.test('an answer that is not JSON, although a success, is never an empty list', async (t) => {
  const { discord, asked } = await discordOf(t, [
    [200, { 'content-type': 'text/html' }, '<html>'],
    [200, {}, '[]'],
  ])
  t.equal((await discord.memberPages(live).next()).done, true)
  t.equal(asked(), 2)
})

t.test('only the codes of absence mean absence', async (t) => {
  const answer = (code: number): Answer => [404, {}, JSON.stringify({ message: 'Unknown', code })]
  const member = async (code: number) => (await discordOf(t, [answer(code)])).discord.getMember(5n, live)
  t.equal(await member(10_007), undefined)
  t.equal(await member(10_013), undefined)
  t.match(await failureOf(member(10_004)), { status: 404 })
  t.match(await failureOf(member(0)), { status: 404 })
  const there = await discordOf(t, [[200, {}, '{"user":{"id":"5"},"roles":[]}']])
  t.match(await there.discord.getMember(5n, live), { user: { id: '5' } })
})

t.test('a token is tried again in the next run, although the library forgets it', async (t) => {
  const { discord } = await discordOf(t, [[401, {}, '{"message":"401: Unauthorized","code":0}'], BOT])
  const failure = await failureOf(discord.getBot(live))
  t.match(explainDiscordError(failure), /Reset Token/)
  t.match(await discord.getBot(live), { username: 'bot' })
})

t.test('an outage is told as one', async (t) => {
  const { discord } = await discordOf(t, [[503, {}, ''], BOT])
  t.match(await discord.getBot(live), { username: 'bot' }, 'and got through when it is short')
  t.equal(explainDiscordError(new Error('other')), undefined)
})
