import { GatewayDispatchEvents as Event } from 'discord-api-types/v10'
import t, { type Test } from 'tap'
import type { GatewaySettings } from '../../src/gateway/settings.js'
import { bot, type Received, rawClient, until } from '../fixtures/gateway-clients.js'
import { GUILD_ID, type Served, serve } from '../fixtures/serve.js'

const served = (t: Test, settings: Partial<GatewaySettings> = {}) =>
  serve(t, { members: 2_499 }, { gateway: { identify_interval_ms: 0, ...settings } })

async function listener(t: Test, it: Served, intents = 3) {
  const client = await rawClient(t, it.origin)
  client.identify({ intents })
  await client.next(client.event('GUILD_CREATE'))
  const chunks = (count: number) =>
    until(() => client.received.filter(client.event('GUILD_MEMBERS_CHUNK')).length === count).then(() =>
      client.received.filter(client.event('GUILD_MEMBERS_CHUNK')),
    )
  const ask = (d: object) => client.send({ op: 8, d: { guild_id: GUILD_ID, ...d } })
  return { ...client, chunks, ask }
}
const ids = (chunks: readonly Received[]) =>
  chunks.flatMap(({ d }) => d.members.map((it: { user: { id: string } }) => it.user.id))

t.test('all members come in chunks of a thousand, once in 30 seconds', async (t) => {
  const it = await served(t)
  const client = await listener(t, it)
  client.ask({ query: '', limit: 0, nonce: 'n1' })
  const chunks = await client.chunks(3)
  t.match(
    chunks.map(({ d }) => [d.chunk_index, d.chunk_count, d.members.length, d.nonce]),
    [
      [0, 3, 1_000, 'n1'],
      [1, 3, 1_000, 'n1'],
      [2, 3, 500, 'n1'],
    ],
  )
  t.strictSame(
    ids(chunks),
    (await it.truth()).map((member) => member.user.id),
  )
  client.ask({ query: '', limit: 0, nonce: 'n2' })
  const limited = await client.next(client.event('RATE_LIMITED'))
  t.match(limited.d, { opcode: 8, retry_after: Number, meta: { guild_id: GUILD_ID, nonce: 'n2' } })
  t.ok(limited.d.retry_after > 25 && limited.d.retry_after <= 30)
})

t.test('the library gets them all', async (t) => {
  const it = await served(t)
  const client = bot(t, it)
  await client.manager.connect()
  await client.manager.send(0, { op: 8, d: { guild_id: GUILD_ID, query: '', limit: 0 } })
  await until(() => client.named(Event.GuildMembersChunk).length === 3)
  t.equal(client.named(Event.GuildMembersChunk).flatMap((event) => event.d.members).length, 2_500)
  await client.manager.send(0, { op: 8, d: { guild_id: GUILD_ID, query: '', limit: 0 } })
  await until(() => client.named(Event.RateLimited).length === 1)
})

t.test('some are asked for by name and by id', async (t) => {
  const it = await served(t)
  const client = await listener(t, it)
  const [first, second] = await it.truth()
  client.ask({ user_ids: [first?.user.id, '1', second?.user.id], nonce: 'x'.repeat(33) })
  const [byId] = await client.chunks(1)
  t.strictSame(ids([byId as Received]), [first?.user.id, second?.user.id])
  t.match(byId?.d, { not_found: ['1'], chunk_index: 0, chunk_count: 1 })
  t.equal(byId?.d.nonce, undefined, 'too long to be kept')
  client.ask({ user_ids: Array.from({ length: 101 }, () => first?.user.id) })
  t.equal((await client.chunks(2))[1]?.d.members.length, 100)
  client.ask({ query: 'q', limit: 1_000 })
  const found = (await client.chunks(3))[2]?.d.members
  t.equal(found.length, 100)
  t.ok(
    found.every(
      (it: { user: { username: string }; nick: string | null }) =>
        /^q/i.test(it.user.username) || /^q/i.test(it.nick ?? ''),
    ),
  )
  client.ask({ guild_id: '111111111111111111', query: 'q', limit: 1 })
  client.ask({ query: 'q', user_ids: ['1'] })
  t.equal(await client.closed, 4_002)
  const blind = await listener(t, it, 1)
  blind.ask({ query: '', limit: 0 })
  t.equal(await blind.closed, 4_014)
})

t.test('chunks come slowly, in the wrong order, or not', async (t) => {
  const it = await served(t, { request_members_interval_ms: 0 })
  const client = await listener(t, it)
  const order = async (fault: object, from: number, count: number) => {
    await it.steer('PUT /gateway/faults', fault)
    const startMs = performance.now()
    client.ask({ query: '', limit: 0 })
    const chunks = (await client.chunks(from + count)).slice(from)
    return {
      places: chunks.map(({ d }) => d.chunk_index),
      ms: performance.now() - startMs,
      ids: new Set(ids(chunks)).size,
    }
  }
  t.match(await order({ fault: 'reorder_chunks' }, 0, 3), { places: [2, 1, 0], ids: 2_500 })
  t.match(await order({ fault: 'missing_chunk', index: 1 }, 3, 2), { places: [0, 2], ids: 1_500 })
  const slow = await order({ fault: 'slow_chunks', ms: 50 }, 5, 3)
  t.strictSame(slow.places, [0, 1, 2])
  t.ok(slow.ms >= 140)
})

t.test('a resume sends the chunks again', async (t) => {
  const it = await served(t)
  const client = await listener(t, it)
  const ready = client.received.find(client.event('READY'))
  client.ask({ query: '', limit: 0 })
  const chunks = await client.chunks(3)
  client.socket.terminate()
  const next = await rawClient(t, it.origin)
  next.send({ op: 6, d: { token: 'simulator', session_id: ready?.d.session_id, seq: 2 } })
  await next.next(next.event('RESUMED'))
  t.strictSame(next.received.filter(next.event('GUILD_MEMBERS_CHUNK')), chunks)
})
