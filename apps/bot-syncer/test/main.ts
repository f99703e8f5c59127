import t from 'tap'
import { bundleOf, start } from './fixtures/processes.js'
import { Stack } from './fixtures/stack.js'

const COMPLETE = {
  DISCORD_TOKEN: 'discord-secret',
  DISCORD_API_URL: 'http://127.0.0.1:9/api',
  GUILD_ID: '267624335836053506',
  API_URL: 'http://127.0.0.1:9',
  API_TOKEN: 'api-secret',
}
const syncer = (args: readonly string[], env: Record<string, string>) =>
  start(bundleOf('bot-syncer'), args, env).finished

t.test('a command line that asks for nothing, or wrongly, is answered on stderr with code 2', async (t) => {
  for (const args of [[], ['reconcil'], ['reconcile', '--interval', 'soon'], ['reconcile', '--interval', '1s']]) {
    const { code, stderr } = await syncer(args, COMPLETE)
    t.equal(code, 2, args.join(' '))
    t.not(stderr, '')
  }
  t.match(await syncer(['reconcile', '--allow-departures', 'all'], COMPLETE), { code: 2, stderr: /whole number/ })
  t.match(await syncer(['reconcile', '--no-such-option'], COMPLETE), { code: 2, stderr: /unknown option/ })
})

t.test('help is an answer, not a mistake', async (t) => {
  t.equal((await syncer(['--help'], {})).code, 0)
  t.match(
    (await syncer(['reconcile', '--help'], {})).lines.map((line) => line.msg).join('\n'),
    /--allow-role-deletions/,
  )
})

t.test('an incomplete environment is told whole, by name, with code 2', async (t) => {
  const { code, stderr } = await syncer(['reconcile'], { DISCORD_TOKEN: 'a secret', GUILD_ID: 'secret' })
  t.equal(code, 2)
  for (const name of ['DISCORD_TOKEN', 'GUILD_ID', 'API_URL', 'API_TOKEN']) t.match(stderr, new RegExp(`${name}: `))
  t.notMatch(stderr, /secret/)
})

t.test('runs of an interval', async (t) => {
  const stack = await Stack.start(t, { members: 50 })

  t.test('do not end by themselves; SIGTERM ends the wait with the code of the last run', async (t) => {
    const run = stack.syncer(['--interval', '1h'])
    const { at } = await run.waitForLine(/^next run$/)
    const waitMs = Date.parse(String(at)) - Date.now()
    t.ok(waitMs > 3_400_000 && waitMs < 3_800_000, `in ${waitMs} ms`)
    run.child.kill('SIGTERM')
    t.equal((await run.finished).code, 0)
    t.match(await stack.lastRun(), { state: 'done', created: 51 })
  })

  t.test('a full disk behind stdout is told on stderr, and the run goes on', async (t) => {
    const { code, stderr } = await stack.syncer([], {}, '/dev/full').finished
    t.equal(code, 0)
    t.match(stderr, 'The log cannot be written: the disk behind stdout is full. The run goes on without it.\n')
    t.match(await stack.lastRun(), { state: 'done' })
  })

  t.test('an API that is not there is named with its reason', async (t) => {
    await stack.stopApi()
    const run = stack.syncer([], { WEBHOOK_URL: stack.simulator.webhook })
    await run.waitForLine(/^trying again$/)
    run.child.kill('SIGINT')
    const { code, lines } = await run.finished
    t.equal(code, 1)
    t.match(JSON.stringify(lines), /ECONNREFUSED/)
    t.match(lines.at(-1), { msg: 'run failed' })
    const id = new URL(stack.simulator.webhook).pathname.split('/').at(-2)
    t.strictSame(await stack.control('GET', `/webhooks/${id}/messages`), [], 'no run began, and a person stopped it')
  })
})
