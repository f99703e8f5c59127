import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import { Command } from 'commander'
import { execa } from 'execa'
import { type Performed, performDockerfile } from './images/perform-dockerfile.js'

/**
 * `npm run check:images`: does what the Dockerfiles say in a temporary folder, then starts what they made, with nothing around
 * it but what the image has. Needs npm's registry or its cache, and a minute or two.
 */
const ROOT = join(import.meta.dirname, '..', '..', '..')

const say = (text: string) => process.stdout.write(`${text}\n`)

async function build(app: string, into: string): Promise<Performed> {
  const startedAtMs = performance.now()
  const dockerfile = join(ROOT, 'apps', app, 'Dockerfile')
  const performed = await performDockerfile({ context: ROOT, dockerfile, into: join(into, app) })
  const { stdout } = await execa('du', ['-sm', performed.folder])
  say(`${app}: built in ${Math.round((performance.now() - startedAtMs) / 1_000)} s, ${stdout.split('\t')[0]} MB`)
  return performed
}

/** The image's own command, in the image's own folder, with nothing of this process's environment. */
const start = ({ folder, command }: Performed, env: Readonly<Record<string, string>>, args = command.slice(1)) =>
  execa(process.execPath, args, { cwd: folder, env, extendEnv: false, reject: false, timeout: 60_000 })

async function tryApi(image: Performed, databaseUrl: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, PORT: '0', MANAGEMENT_PORT: '0' }
  const migrated = await start(image, env, ['apps/api/dist/migrate.js'])
  expect('the migrations are applied', migrated.exitCode === 0, migrated.stderr)
  const token = ['apps/api/dist/token.js', 'create', '--name', 'image', '--scopes', 'members:read']
  const made = await start(image, env, token)
  expect('a token is made', made.exitCode === 0, made.stderr)

  const api = start(image, env)
  let url: string | undefined
  for await (const line of createInterface(api.stdout)) {
    url ??= /management at (http:\/\/[^"]+)/.exec(line)?.[1]
    if (line.includes('"ready"')) break
  }
  api.stdout.resume()
  const { status } = await fetch(`${url}/readyz`)
  expect('it is ready', status === 200, `${status}`)
  api.kill('SIGTERM')
  const { exitCode } = await api
  expect('it ends in good order', exitCode === 0, `${exitCode}`)
}

async function tryBotSyncer(image: Performed): Promise<void> {
  // Each command loads what it needs, so that one says nothing of the other.
  for (const command of ['reconcile', 'live']) {
    const { exitCode, stderr } = await start(image, {}, [...image.command.slice(1, -1), command])
    expect(`${command} names the variables that it lacks`, exitCode === 2 && stderr.includes('DISCORD_TOKEN'), stderr)
  }
}

function expect(what: string, isSo: boolean, otherwise: string): void {
  if (!isSo) throw new Error(`Not so: ${what}. ${otherwise}`)
  say(`  ${what}`)
}

new Command('check:images')
  .description('Do what the Dockerfiles say in a temporary folder, without Docker, and start what they made')
  .parse()

const into = await mkdtemp(join(tmpdir(), 'rollcall-images-'))
try {
  await tryBotSyncer(await build('bot-syncer', into))
  const image = await build('api', into)
  const postgres = await startEmbeddedPostgres({ dataDir: join(into, 'postgres') })
  try {
    await tryApi(image, postgres.url)
  } finally {
    await postgres.stop()
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await rm(into, { recursive: true, force: true })
}
