import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { startEmbeddedPostgres } from '../src/start.js'

const IS_LINUX = process.platform === 'linux'
// Whole processes, one after the other: more than the default allows a file that is run by hand.
t.setTimeout(120_000)
const folder = await mkdtemp(join(tmpdir(), 'rollcall embedded postgres '))
// Not even root's `nobody` can walk through this one.
await chmod(folder, 0o700)
t.teardown(() => rm(folder, { recursive: true, force: true }))

async function answer(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(sql)
  await client.end()
  return rows
}

/** Starts the fixture program, and says which server it started. */
async function startProgram(dataDir: string): Promise<{ program: ChildProcess; url: string; pid: number }> {
  const fixture = join(import.meta.dirname, 'fixtures', 'start-and-wait.ts')
  const program = spawn(process.execPath, [...process.execArgv, fixture, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string]
  return { program, ...(JSON.parse(line) as { url: string; pid: number }) }
}

async function kill(program: ChildProcess): Promise<void> {
  const ended = once(program, 'exit')
  program.kill('SIGKILL')
  await ended
}

/** A zombie has no folder, so it counts as gone. */
const isServing = (pid: number) =>
  readlink(`/proc/${pid}/cwd`).then(
    () => true,
    () => false,
  )

const leashOf = async (pid: number) => {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('rollcall-leash')) return Number(child)
  }
  throw new Error('No leash')
}

t.test("a process that did not notice the crash is in nobody's way", { skip: !IS_LINUX }, async (t) => {
  const dataDir = join(folder, 'leftover')
  const crashed = await startEmbeddedPostgres({ dataDir })
  const client = new pg.Client({ connectionString: crashed.url })
  client.on('error', () => {})
  await client.connect()
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  const pid = row?.pid ?? 0
  // As one that waits for a lock of somebody who was killed.
  process.kill(pid, 'SIGSTOP')
  await crashed.crash()
  t.ok(await isServing(pid))
  const mended = await startEmbeddedPostgres({ dataDir })
  t.strictSame(await answer(mended.url, 'select 1 as one'), [{ one: 1 }])
  t.notOk(await isServing(pid))
  await crashed.stop()
  t.strictSame(await answer(mended.url, 'select 1 as one'), [{ one: 1 }], 'whom the living server started stays')
  await mended.stop()
})

t.test('a crash that nobody mends leaves no process', { skip: !IS_LINUX }, async (t) => {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'abandoned') })
  const client = new pg.Client({ connectionString: server.url })
  client.on('error', () => {})
  await client.connect()
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  const pid = row?.pid ?? 0
  process.kill(pid, 'SIGSTOP')
  await server.crash()
  t.ok(await isServing(pid))
  await server.stop()
  for (let tries = 0; (await isServing(pid)) && tries < 100; tries++) await delay(20)
  t.notOk(await isServing(pid))
})

t.test('a restart and a crash keep the data, the address and the password', async (t) => {
  const dataDir = join(folder, 'kept')
  const lines: string[] = []
  const first = await startEmbeddedPostgres({ dataDir, onLog: (line) => lines.push(line) })
  await answer(first.url, 'create table mark as select 1 as n')
  await first.stop()
  await first.stop()
  const second = await startEmbeddedPostgres({ dataDir })
  t.equal(second.url, first.url)
  await answer(second.url, 'update mark set n = n + 1')
  await second.crash()
  await second.ended
  const third = await startEmbeddedPostgres({ dataDir })
  t.equal(third.url, first.url)
  t.strictSame(await answer(third.url, 'select n from mark'), [{ n: 2 }])
  await third.stop()

  const { password } = new URL(first.url)
  t.equal(password.length, 32)
  t.notMatch(lines.join('\n'), password)
  t.match(await readFile(join(dataDir, 'password'), 'utf8'), password)
  t.equal((await stat(join(dataDir, 'password'))).mode & 0o777, 0o600)
})

t.test('nobody gets in without the password, and there is no socket file', async (t) => {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'closed'), settings: { work_mem: '7MB' } })
  t.teardown(() => server.stop())
  const guess = new URL(server.url)
  guess.password = 'postgres'
  await t.rejects(answer(guess.href, 'select 1'), { code: '28P01' })
  t.strictSame(
    await answer(
      server.url,
      `select name, setting from pg_settings
        where name in ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit', 'work_mem')
        order by name`,
    ),
    [
      { name: 'fsync', setting: 'on' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
      { name: 'work_mem', setting: '7168' },
    ],
  )
  await t.rejects(startEmbeddedPostgres({ dataDir: join(folder, 'closed') }), { message: /in use by process \d+/ })
})

t.test('another port is taken when the remembered one is not free', async (t) => {
  const dataDir = join(folder, 'moved')
  const first = await startEmbeddedPostgres({ dataDir })
  await first.stop()
  const thief = createServer().listen(first.port, '127.0.0.1')
  await once(thief, 'listening')
  t.teardown(() => thief.close())
  const second = await startEmbeddedPostgres({ dataDir })
  t.not(second.port, first.port)
  t.strictSame(await answer(second.url, 'select 1 as one'), [{ one: 1 }])
  await second.stop()
})

t.test('an interrupted first start is begun again', async (t) => {
  const dataDir = join(folder, 'interrupted')
  await mkdir(join(dataDir, 'cluster.new'), { recursive: true })
  await writeFile(join(dataDir, 'cluster.new', 'half'), '')
  const server = await startEmbeddedPostgres({ dataDir })
  t.notOk((await readdir(join(dataDir, 'cluster'))).includes('half'))
  await server.stop()
})

t.test('a server that cannot start says why', async (t) => {
  const starting = startEmbeddedPostgres({ dataDir: join(folder, 'faulty'), settings: { shared_buffers: 'much' } })
  await t.rejects(starting, { message: /shared_buffers/ })
})

t.test('the server ends when its starter is killed', { skip: !IS_LINUX }, async (t) => {
  const { program, pid } = await startProgram(join(folder, 'leashed'))
  t.ok(await isServing(pid))
  await kill(program)
  for (let waitedMs = 0; (await isServing(pid)) && waitedMs < 10_000; waitedMs += 20) await delay(20)
  t.notOk(await isServing(pid))
})

t.test('an orphaned server is stopped and its data found by the next start', { skip: !IS_LINUX }, async (t) => {
  const dataDir = join(folder, 'orphaned')
  const { program, url, pid } = await startProgram(dataDir)
  await answer(url, 'create table mark as select 3 as n')
  process.kill(await leashOf(program.pid ?? 0), 'SIGKILL')
  await kill(program)
  t.ok(await isServing(pid), 'it is an orphan')
  const next = await startEmbeddedPostgres({ dataDir })
  t.teardown(() => next.stop())
  t.notOk(await isServing(pid))
  t.equal(next.url, url)
  t.strictSame(await answer(next.url, 'select n from mark'), [{ n: 3 }])
})
