import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
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

t.test('a single run loads what it needs, and optimizes no parser', async (t) => {
  const server = createServer((_request, response) => response.writeHead(401).end('{}'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const single = await loadedBy(t, { ...COMPLETE, API_URL })
  t.match(single.said, /refuses the token/)
  t.ok(single.libraries.has('@discordjs/rest'))
  for (const needless of ['@discordjs/ws', 'cli-progress', 'prom-client']) {
    t.notOk(single.libraries.has(needless), needless)
  }
  t.notOk(single.builtins.includes('internal/deps/undici/undici'), 'a second undici')
  t.notMatch(single.code, 'node_modules/zod/v4/locales/fr.js', "import * as z from 'zod' leaves its translations out")
  t.match(single.said, /using Liftoff/, 'WebAssembly is compiled')
  t.notMatch(single.said, /using TurboFan/, 'and not optimized')

  const watched = await loadedBy(t, { ...COMPLETE, API_URL, MANAGEMENT_PORT: '0' })
  t.ok(watched.libraries.has('prom-client'), 'operators are served')
})

/** The libraries and Node's own modules of one reconcile, as V8 and Node name them. */
async function loadedBy(t: Test, env: Record<string, string>) {
  const NODE_V8_COVERAGE = t.testdir()
  const atExit = "process.on('exit', () => process.stderr.write(process.moduleLoadList.join()))"
  const flags = ['--trace-wasm-compilation-times', '--import', `data:text/javascript,${encodeURIComponent(atExit)}`]
  const { lines, stderr } = await start(bundleOf('bot-syncer'), ['reconcile'], { ...env, NODE_V8_COVERAGE }, { flags })
    .finished
  const [report = ''] = await readdir(NODE_V8_COVERAGE)
  const { result } = JSON.parse(await readFile(`${NODE_V8_COVERAGE}/${report}`, 'utf8')) as {
    result: { url: string }[]
  }
  const chunks = result.map(({ url }) => url).filter((url) => url.startsWith('file:'))
  const code = (await Promise.all(chunks.map((url) => readFile(fileURLToPath(url), 'utf8')))).join('\n')
  const libraries = new Set(
    Array.from(code.matchAll(/^ *\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm), ([, name]) => name),
  )
  return { code, libraries, builtins: stderr, said: JSON.stringify(lines) }
}

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
