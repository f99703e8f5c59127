import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rollcall/embedded-postgres'
import pg from 'pg'
import t from 'tap'
import { migrate } from '../src/db/migrate.js'
import { ApiProcess } from './fixtures/api-process.js'
import { MIGRATIONS } from './fixtures/build.js'
import { aRole, GUILD, stamp } from './fixtures/native.js'
import { type Answer, type Client, client, createKey, MEMBERS, seed } from './fixtures/seeded.js'

const MEMBER_COUNT = 200
const STATEMENT_TIMEOUT_MS = 1_000

const folder = await mkdtemp(join(tmpdir(), 'rollcall-outage-'))
let postgres: EmbeddedPostgres = await startPostgres()
t.teardown(async () => {
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
})
await migrate(postgres.url, MIGRATIONS)
const key = await createKey(postgres.url)

function startPostgres(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir: join(folder, 'data') })
}

async function query<R extends pg.QueryResultRow>(sql: string): Promise<R[]> {
  const database = new pg.Client({ connectionString: postgres.url })
  database.on('error', () => {})
  await database.connect()
  try {
    return (await database.query<R>(sql)).rows
  } finally {
    await database.end()
  }
}

/** Clients that never pause until they are stopped, and what they were answered. */
class Load {
  readonly statuses = new Map<number, number>()
  readonly faults: string[] = []
  /** The last round that was confirmed to be written. */
  confirmed = 0
  #round = 0
  #isOver = false
  readonly #clients: Promise<void>[]

  constructor(request: Client) {
    const write = () => {
      const members = Array.from({ length: MEMBER_COUNT }, (_, it) => ({
        id: `${it + 1}`,
        display_name: `round ${this.#round}`,
      }))
      return request('PATCH', MEMBERS, { observed_at: stamp(this.#round), members })
    }
    this.#clients = [
      this.#repeat(async () => {
        this.#round++
        const answer = await write()
        if (answer.status === 200) this.confirmed = this.#round
        return answer
      }),
      this.#repeat(() => request('GET', `${MEMBERS}?limit=50`)),
      this.#repeat(() => request('PUT', `/guilds/${GUILD}/roles/77`, aRole({ observed_at: stamp(this.#round) }))),
      this.#repeat(() => request('GET', `${MEMBERS}/1`)),
    ]
  }

  async #repeat(ask: () => Promise<Answer>): Promise<void> {
    while (!this.#isOver) {
      try {
        const { status, headers, text } = await ask()
        this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
        if (status === 503 && !/^\d+$/.test(headers.get('retry-after') ?? ''))
          this.faults.push('503 without Retry-After')
        if (status !== 200 && status !== 503) this.faults.push(`${status} ${text}`)
      } catch (error) {
        this.faults.push(`no answer: ${error}`)
      }
      await sleep(5)
    }
  }

  count = (status: number) => this.statuses.get(status) ?? 0

  /** Waits for ten more successes. */
  async recovered(): Promise<void> {
    const before = this.count(200)
    for (let waitedMs = 0; this.count(200) < before + 10; waitedMs += 20) {
      if (waitedMs > 20_000) throw new Error(`No recovery: ${JSON.stringify([...this.statuses])} ${this.faults[0]}`)
      await sleep(20)
    }
  }

  stop(): Promise<unknown> {
    this.#isOver = true
    return Promise.all(this.#clients)
  }
}

const apiBackends = `select pid from pg_stat_activity where application_name = 'rollcall-api'`

/** Each is begun under load and is over when it returns. */
const OUTAGES: Record<string, () => Promise<void>> = {
  'a restart of Postgres': async () => {
    await postgres.stop()
    await sleep(700)
    postgres = await startPostgres()
  },
  'a crash of Postgres': async () => {
    await postgres.crash()
    await sleep(300)
    postgres = await startPostgres()
  },
  'one session that is killed, with which Postgres ends all of them': async () => {
    const [backend] = await query<{ pid: number }>(`${apiBackends} limit 1`)
    process.kill(backend?.pid ?? 0, 'SIGKILL')
  },
  'sessions that are ended by an administrator': async () => {
    await query(`select pg_terminate_backend(pid) from (${apiBackends}) as backend`)
  },
  'sessions that freeze and never answer again': async () => {
    const backends = await query<{ pid: number }>(apiBackends)
    for (const { pid } of backends) process.kill(pid, 'SIGSTOP')
    // Longer than the API waits for an answer: it has to give these connections up.
    await sleep(STATEMENT_TIMEOUT_MS + 2_500)
    const [{ count } = { count: 0 }] = await query<{ count: number }>(
      `select count(*)::int from (${apiBackends}) as it`,
    )
    for (const { pid } of backends) process.kill(pid, 'SIGCONT')
    if (count <= backends.length) throw new Error(`${count} sessions, none of them new`)
  },
}

t.test('clients see only 200 and 503 while Postgres fails, and all is well again by itself', async (t) => {
  const api = new ApiProcess(t, postgres.url, {
    DATABASE_STATEMENT_TIMEOUT_MS: `${STATEMENT_TIMEOUT_MS}`,
  })
  const { password } = new URL(postgres.url)
  const request = client(await api.url(), key)
  await api.untilReadyzSays(200)
  await seed(request, MEMBER_COUNT)

  for (const [name, outage] of Object.entries(OUTAGES)) {
    const startedAtMs = Date.now()
    const linesBefore = api.lines.length
    const load = new Load(request)
    await load.recovered()
    await outage()
    await load.recovered()
    await load.stop()
    await api.untilReadyzSays(200)
    t.strictSame(load.faults.slice(0, 3), [], `${name}: 200 and 503 only`)
    t.notOk(api.hasEnded, `${name}: the process lives`)
    t.comment(`${name}: ${JSON.stringify(Object.fromEntries(load.statuses))}`)
    const told = api.lines.slice(linesBefore).filter((it) => 'level' in it && it.level !== 'info')
    // A first line and one for every ten seconds, of each of the few kinds of trouble.
    const most = 4 * (2 + (Date.now() - startedAtMs) / 10_000)
    t.ok(
      told.length <= most,
      `${name}: ${told.length} lines, at most ${most.toFixed(1)}, of ${load.count(503)} times 503`,
    )
    const rows = await query<{ display_name: string }>('select distinct display_name from member')
    t.equal(rows.length, 1, `${name}: no request is half applied`)
    const round = Number(rows[0]?.display_name.replace('round ', ''))
    t.ok(round >= load.confirmed, `${name}: what was confirmed is there`)
    // Each outage starts its rounds again; stamps must be newer than those of the last.
    await query(`update member set observed_at = 'epoch', display_name = 'between'`)
  }
  t.notMatch(api.stdout + api.stderr, password)
  t.notMatch(api.stdout, key)
  api.kill('SIGTERM')
  t.strictSame(await api.ended, { code: 0, signal: null })
})

t.test('starts while Postgres is away, and serves when it comes', async (t) => {
  await postgres.stop()
  const api = new ApiProcess(t, postgres.url, { HOME_GUILD_ID: '4242' })
  await api.said(/cannot be reached yet/)
  const request = client(await api.url(), key)
  t.equal((await request('GET', '/guilds/4242')).status, 503)
  postgres = await startPostgres()
  await api.untilReadyzSays(200)
  t.equal((await request('GET', '/guilds/4242')).status, 200)
})
