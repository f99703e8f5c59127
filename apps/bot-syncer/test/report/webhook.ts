import { createServer } from 'node:http'
import { NO_COUNTS } from '@rollcall/contract'
import { Bounds } from '@rollcall/process-metrics'
import { pino } from 'pino'
import t from 'tap'
import { messageOf, Webhook } from '../../src/report/webhook.js'

const AT = new Date(0)

t.test('a message mentions nobody and shows only counts that say something', async (t) => {
  const counts = { ...NO_COUNTS, members_read: 80_000, departed: 1, total: 1, done: 1 }
  t.strictSame(messageOf({ headline: 'held', guildId: 5n, description: '@everyone left', counts }, AT), {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: 'Member sync held',
        color: 0xfe_e7_5c,
        timestamp: '1970-01-01T00:00:00.000Z',
        footer: { text: 'Guild 5' },
        description: '@everyone left',
        fields: [
          { name: 'members read', value: '80,000', inline: true },
          { name: 'departed', value: '1', inline: true },
        ],
      },
    ],
  })
})

t.test('a message keeps within what Discord takes', async (t) => {
  const counts = Object.fromEntries(Object.keys(NO_COUNTS).map((name) => [name, 2_147_483_647])) as typeof NO_COUNTS
  const description = `${'x'.repeat(4_094)}😀${'y'.repeat(5_000)}`
  const [embed] = messageOf({ headline: 'failed', guildId: 2n ** 63n - 1n, description, counts }, AT).embeds
  t.equal(embed?.description?.length, 4_096)
  t.ok(embed?.description?.isWellFormed())
  t.ok((embed?.fields?.length ?? 99) <= 25)
  const texts = [
    embed?.title,
    embed?.description,
    embed?.footer.text,
    ...(embed?.fields ?? []).flatMap((it) => [it.name, it.value]),
  ]
  t.ok(texts.join('').length <= 6_000)
})

/** What a webhook logs when its server does this. */
async function logged(act: (url: string) => Promise<unknown>, status: number | 'hang') {
  let seen = 0
  const server = createServer((_request, response) => {
    seen += 1
    if (status !== 'hang') response.writeHead(status).end('no')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await act(typeof address === 'object' ? `http://127.0.0.1:${address?.port}/webhooks/1/secret-token` : '')
  server.closeAllConnections()
  server.close()
  return seen
}

t.test('a webhook that is refused, hangs or does not exist is a warning without its URL', async (t) => {
  for (const status of [400, 404, 500, 'hang'] as const) {
    const lines: string[] = []
    const log = pino({}, { write: (line: string) => lines.push(line) })
    const seen = await logged(async (url) => {
      const webhook = new Webhook({ url, log, clock: () => 0 })
      await webhook.announce({ headline: 'done', guildId: 5n })
    }, status)
    t.equal(seen, 1, 'it is tried once')
    t.equal(lines.length, 1)
    t.notMatch(lines.join(), /secret-token|127\.0\.0\.1/)
  }
})

t.test('without a URL nothing is sent, and nothing is said', async (t) => {
  const lines: string[] = []
  const webhook = new Webhook({
    url: undefined,
    log: pino({}, { write: (line: string) => lines.push(line) }),
    clock: () => 0,
  })
  await webhook.announce({ headline: 'done', guildId: 5n })
  t.strictSame(lines, [])
})

t.test('messages that a slow webhook keeps waiting are few; the rest is dropped, and counted', async (t) => {
  const lines: string[] = []
  const bounds = new Bounds()
  const waiting = () => bounds.read().find(({ name }) => name === 'webhook_messages')
  const seen = await logged(async (url) => {
    const log = pino({}, { write: (line: string) => lines.push(line) })
    const webhook = new Webhook({ url, log, clock: () => 0 })
    webhook.addTo(bounds)
    const sent = Array.from({ length: 6 }, () => webhook.announce({ headline: 'started', guildId: 5n }))
    t.match(waiting(), { size: 4, max: 4, evictions: 2 })
    await Promise.all(sent)
  }, 204)
  t.equal(seen, 4)
  t.match(waiting(), { size: 0, evictions: 2 })
  t.equal(lines.filter((line) => /dropped/.test(line)).length, 2)
})
