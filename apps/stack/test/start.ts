import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { freePort } from '../src/processes/free-port.js'
import { startCommand } from './fixtures/command.js'

const GONE_TIMEOUT_MS = 15_000

// Whole processes, one after the other: more than the default allows a file that is run by hand.
t.setTimeout(120_000)
const folder = await mkdtemp(join(tmpdir(), 'rollcall start '))
await chmod(folder, 0o700)
t.teardown(() => rm(folder, { recursive: true, force: true }))

const [PORT, MANAGEMENT_PORT] = [`${await freePort()}`, `${await freePort()}`]
const env = { DATA_DIR: join(folder, '.data'), PORT, MANAGEMENT_PORT, SIMULATOR_MEMBERS: '300' }
const DONE = /"state":"done".*"run done"/

const postgresPid = async () =>
  Number.parseInt(await readFile(join(env.DATA_DIR, 'postgres', 'cluster', 'postmaster.pid'), 'utf8'), 10)

/** A zombie has no folder, so it counts as gone. */
const isRunning = (pid: number) =>
  readlink(`/proc/${pid}/cwd`).then(
    () => true,
    () => false,
  )

/** Every process that has this installation's ports or folder on its command line or in its environment. */
async function relatives(): Promise<string[]> {
  const found = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (environment.includes(`PORT=${PORT}\0`) || environment.includes(`API_URL=http://127.0.0.1:${PORT}\0`))
      found.push(pid)
  }
  return found
}

async function untilGone(check: () => Promise<boolean>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < GONE_TIMEOUT_MS; waitedMs += 50) {
    if (!(await check())) return true
    await delay(50)
  }
  return false
}

t.test('a first start fills the mirror, tells where everything is and ends whole on SIGINT', async (t) => {
  const command = startCommand('start', env)
  const run = JSON.parse(await command.line(DONE)) as Record<string, unknown>
  t.match(run, { created: 301, total: 301 })
  t.match(command.lines.join('\n'), /THIS IS NOT DISCORD/)

  const tokenFile = join(env.DATA_DIR, 'syncer-token')
  t.equal((await stat(tokenFile)).mode & 0o777, 0o600)
  const token = (await readFile(tokenFile, 'utf8')).trim()
  t.notMatch(command.lines.join('\n'), token)
  const [, url = ''] = /API +(http\S+)/.exec(await command.line(/API +http/)) ?? []
  const response = await fetch(`${url}/members?limit=5`, { headers: { authorization: `Bearer ${token}` } })
  t.equal(((await response.json()) as { members: unknown[] }).members.length, 5)
  t.equal((await fetch(`http://127.0.0.1:${PORT}/docs`)).status, 200)

  const postgres = await postgresPid()
  command.process.kill('SIGINT')
  t.equal((await command.ended).code, 0)
  t.strictSame(await relatives(), [])
  t.notOk(await isRunning(postgres))
})

t.test('a second start sends nothing, and what it started ends when it is killed', async (t) => {
  const before = await readFile(join(env.DATA_DIR, 'syncer-token'), 'utf8')
  const command = startCommand('start', env)
  t.match(JSON.parse(await command.line(DONE)), { total: 0, roles_written: 0, members_read: 301 })
  t.equal(await readFile(join(env.DATA_DIR, 'syncer-token'), 'utf8'), before)
  t.ok((await relatives()).length >= 2)

  const postgres = await postgresPid()
  command.process.kill('SIGKILL')
  await command.ended
  t.ok(await untilGone(async () => (await relatives()).length > 0), 'API and syncer end')
  t.ok(await untilGone(() => isRunning(postgres)), 'Postgres ends')

  const next = startCommand('start', env)
  t.match(JSON.parse(await next.line(DONE)), { total: 0, roles_written: 0, members_read: 301 })
  next.process.kill('SIGTERM')
  t.equal((await next.ended).code, 0)
})

t.test('the rest is stopped when the database is lost', async (t) => {
  const command = startCommand('start', env)
  await command.line(DONE)
  process.kill(await postgresPid(), 'SIGKILL')
  const { code, output } = await command.ended
  t.equal(code, 1)
  t.match(output, /PostgreSQL has ended/)
  t.strictSame(await relatives(), [])
})

t.test('everything is stopped when the API cannot start', async (t) => {
  const taken = `${await freePort()}`
  const command = startCommand('start', { ...env, PORT: taken, MANAGEMENT_PORT: taken })
  const { code, output } = await command.ended
  t.equal(code, 1)
  t.match(output, /The API ended with exit code 1/)
  t.notOk(output.includes('postgres://'))
})

t.test('half of what Discord needs is refused', async (t) => {
  for (const half of [{ GUILD_ID: '267624335836053506' }, { DISCORD_TOKEN: 'not-to-be-told' }]) {
    const { code, output } = await startCommand('start', { ...env, ...half }).ended
    t.equal(code, 2)
    t.match(output, /Set both/)
    t.notMatch(output, /not-to-be-told/)
  }
})
