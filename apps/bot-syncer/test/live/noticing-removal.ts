import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stamp } from '@rollcall/contract'
import t from 'tap'
import { DiscordClient } from '../../src/discord/client.js'
import { Refusals } from '../../src/discord/refusals.js'
import { createRest } from '../../src/discord/rest.js'
import { LiveQueue } from '../../src/live/core/live-queue.js'
import { SharedClock } from '../../src/live/core/shared-clock.js'
import { noticingRemoval } from '../../src/live/noticing-removal.js'

const GUILD = '267624335836053506'
const { signal } = new AbortController()
const clock = new SharedClock(() => performance.now(), Date.now())

/** Discord, which answers so to everything; `meanwhile` is what happens before it answers. */
async function discordThatSays(status: number, code: number, meanwhile: () => void = () => {}): Promise<DiscordClient> {
  const server = createServer((_request, response) => {
    meanwhile()
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ code, message: 'no' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`
  const rest = createRest({ url, refusals: new Refusals(Date.now), onWait() {} })
  return new DiscordClient({ rest, token: 'x', guildId: BigInt(GUILD), clock: Date.now, onRetry() {} })
}

t.test('only the word that there is no such guild says that the bot was removed', async (t) => {
  const gone: Stamp[] = []
  const ask = async (status: number, code: number) => {
    const discord = noticingRemoval(await discordThatSays(status, code), clock, (askedAt) => gone.push(askedAt))
    await t.rejects(discord.getGuild(signal))
  }
  await ask(403, 50_001)
  await ask(404, 0)
  t.strictSame(gone, [])
  const before = clock.stamp()
  await ask(404, 10_004)
  t.equal(gone.length, 1)
  t.ok(before < (gone[0] ?? ''))
})

for (const dirty of [undefined, 'overflow'] as const) {
  t.test(`a guild that comes in while Discord is asked is there, ${dirty ?? 'not'} marked before`, async (t) => {
    const queue = new LiveQueue({ maxEvents: 100, maxBytes: 1e6, guildShare: 1, maxOverflowed: 1 })
    const add = (stamp: Stamp, presence: 'present' | 'left' | undefined) => {
      const event = { kind: 'mark' as const, ...(presence ? { presence } : { dirty: 'overflow' as const }) }
      queue.add(GUILD, 0, event, { stamp, receivedAtMs: 0, acks: [] })
    }
    const sent: object[] = []
    const send = () => {
      for (const { step } of queue.take('mark', 10)) sent.push(step)
      queue.settle(GUILD)
    }
    let cameInAt = ''
    const asked = await discordThatSays(404, 10_004, () => {
      cameInAt = clock.stamp()
      add(cameInAt, 'present')
      if (dirty === undefined) return
      send()
      add(clock.stamp(), undefined)
    })
    const discord = noticingRemoval(asked, clock, (askedAt) => add(askedAt, 'left'))
    await t.rejects(discord.getGuild(signal))
    while (queue.isReady) send()
    const [first, ...others] = sent
    t.match(first, { presence: 'present', stamp: cameInAt })
    if (dirty === undefined) return t.strictSame(others, [])
    t.match(others, [{ dirty: 'overflow' }, { presence: 'left' }])
    const { stamp: askedAt } = others[1] as { stamp: Stamp }
    t.ok(askedAt < cameInAt, 'what is told last is older, and is not stored')
  })
}
