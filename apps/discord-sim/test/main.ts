import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { build } from 'esbuild'
import t, { type Test } from 'tap'
import { parseCliOptions } from '../src/cli-options.js'

/** The program as it is shipped, bundled into a folder of the test's own inside the workspace. */
async function bundled(t: Test): Promise<string> {
  const outfile = join(t.testdir(), 'main.mjs')
  await build({
    entryPoints: [join(import.meta.dirname, '../src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  })
  return outfile
}

function started(t: Test, main: string, ...options: string[]) {
  const child = spawn(process.execPath, [main, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function ended(child: ChildProcess) {
  const [out, err, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'exit'),
  ])
  return { out, err, code, signal }
}

t.test('prints one line when it listens, and ends cleanly on SIGTERM', async (t) => {
  const main = await bundled(t)
  const child = started(t, main, '--members', '1200', '--roles', '30', '--seed', '4', '--token', 'secret')
  const [chunk] = await once(child.stdout, 'data')
  const ready = JSON.parse(String(chunk))
  t.match(ready, {
    listening: /^http:\/\/127\.0\.0\.1:\d+$/,
    api: `${ready.listening}/api`,
    control: `${ready.listening}/control`,
    gateway: `${ready.listening.replace('http', 'ws')}/gateway`,
    guild_id: /^\d{18}$/,
    webhook: /\/api\/v10\/webhooks\/\d+\/\w{68}$/,
  })
  const headers = { authorization: 'Bot secret', 'user-agent': 'DiscordBot (x, 1)' }
  const page = await fetch(`${ready.api}/v10/guilds/${ready.guild_id}/members?limit=1000`, { headers })
  t.equal(((await page.json()) as unknown[]).length, 1_000)
  child.kill('SIGTERM')
  const { code, out } = await ended(child)
  t.equal(code, 0)
  t.equal(out, '', 'nothing else goes to stdout')

  const taken = started(t, main, '--port', new URL(ready.listening).port, '--host', '203.0.113.1')
  t.match(await ended(taken), { code: 1, err: /EADDRNOTAVAIL/ })
  t.match(await ended(started(t, main, '--members', 'many', '--roles', '251')), {
    code: 2,
    out: '',
    err: /^--members: Expected a whole number\n--roles: Too big/,
  })
})

t.test('defaults are those of the documentation, and every fault of a command line is told at once', async (t) => {
  const parse = (...options: string[]) => parseCliOptions(['node', 'main.js', ...options])
  t.strictSame(parse(), {
    members: 80_000,
    roles: 250,
    seed: 1,
    port: 0,
    host: '127.0.0.1',
    token: 'simulator',
    latencyMs: 0,
    stubs: 0,
    maxConcurrency: 1,
  })
  t.match(parse('--guild-id', '12345678901234567', '--latency-ms', '5'), { guildId: '12345678901234567', latencyMs: 5 })
  const faulty = [
    '--members',
    '-1',
    '--roles',
    '4',
    '--port',
    '65536',
    '--guild-id',
    '12',
    '--latency-ms',
    '--colour',
    'red',
  ]
  try {
    parse(...faulty)
    t.fail('accepted')
  } catch (error) {
    const lines = String((error as Error).message).split('\n')
    t.strictSame(
      lines.map((line) => line.split(':')[0]),
      [
        'unknown argument --colour',
        'unknown argument red',
        '--members',
        '--roles',
        '--port',
        '--guild-id',
        '--latency-ms',
      ],
    )
  }
})
