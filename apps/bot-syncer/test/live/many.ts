import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { becomesEqual, gatewayCounts, within } from '../fixtures/live.js'
import { Stack } from '../fixtures/stack.js'

const SHARDS = 4
const SOON_MS = 2_000

t.test('processes share the shards, take over what one leaves, and give it back when it returns', async (t) => {
  const simulator = ['--stubs', '40', '--shards', `${SHARDS}`, '--max-concurrency', `${SHARDS}`]
  const stack = await Stack.start(t, { members: 20, simulator })
  const { webhook } = stack.simulator
  const env = { MAX_SHARDS: `${SHARDS}`, SHARDS_PER_PROCESS: '2', LEASE_SECONDS: '3', WEBHOOK_URL: webhook }
  const holders = async () => {
    const rows = await stack.query<{ holder: string; state: string }>(
      'select holder, state from gateway_shard order by shard_id',
    )
    return rows.every((it) => it.state === 'ready') ? rows.map((it) => it.holder) : []
  }
  const become = async (expected: readonly string[], timeoutMs: number) =>
    t.not(await within(timeoutMs, async () => isDeepStrictEqual(await holders(), expected)), undefined, `${expected}`)

  const first = stack.live(t, { ...env, HOSTNAME: 'syncer-0' })
  await become(['syncer-0', 'syncer-0', 'syncer-0', 'syncer-0'], 30_000)
  const { identifies } = await gatewayCounts(stack)
  const second = stack.live(t, { ...env, HOSTNAME: 'syncer-1' })
  await become(['syncer-0', 'syncer-0', 'syncer-1', 'syncer-1'], 20_000)

  first.child.kill('SIGKILL')
  await first.finished
  await become(['syncer-1', 'syncer-1', 'syncer-1', 'syncer-1'], 20_000)
  await stack.control('POST', `${stack.guildPath}/members`, { count: 3 })
  stack.live(t, { ...env, HOSTNAME: 'syncer-0' })
  await become(['syncer-0', 'syncer-0', 'syncer-1', 'syncer-1'], 20_000)
  t.equal((await gatewayCounts(stack)).identifies, identifies, 'all of it by resumes: nobody identified again')
  await second.waitForLine(/shards given back/)
  await becomesEqual(t, stack, 'the guild', 30_000)

  type Message = { embeds: { title: string; description: string }[] }
  const id = new URL(webhook).pathname.split('/').at(-2)
  const messages = () => stack.control<Message[]>('GET', `/webhooks/${id}/messages`)
  const welcomes = async () => (await messages()).filter((it) => /for the first time/.test(it.embeds[0]?.title ?? ''))
  t.not(await within(40_000, async () => (await welcomes()).length > 0), undefined)
  const [welcome, ...more] = await welcomes()
  t.match(welcome?.embeds[0], { title: '41 guilds are followed for the first time', description: /and 31 more/ })
  t.strictSame(more, [], 'said once, by whichever process')

  await stack.stopApi()
  await stack.control('POST', `${stack.guildPath}/members`, { count: 3 })
  await stack.startApi()
  await becomesEqual(t, stack, 'after an outage of the API', 20 * SOON_MS)
})
