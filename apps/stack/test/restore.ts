import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createDatabase } from '@rollcall/embedded-postgres'
import pg from 'pg'
import t from 'tap'
import { latestRun } from '../src/ledger.js'
import { compareMirror } from '../src/mirror/compare-mirror.js'
import { startApi } from '../src/processes/api.js'
import { createToken, migrate } from '../src/processes/database.js'
import { freePort } from '../src/processes/free-port.js'
import { SIMULATOR_TOKEN, startSimulator } from '../src/processes/simulator.js'
import { startSyncer } from '../src/processes/syncer.js'
import { SimulatedGuild } from '../src/simulated-guild.js'
import { startCommand } from './fixtures/command.js'
import { findOwnPostgres, startOwnPostgres } from './fixtures/own-postgres.js'

t.setTimeout(180_000)

const MEMBERS = 1_500
const bin = findOwnPostgres()
const skip = bin === undefined && 'no pg_dump with a server of its version (on Debian: apt install postgresql)'

t.test('a backup that is restored has every row, and the next reconcile finds nothing to do', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-dump-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const server = await startOwnPostgres(t, bin ?? '')
  const simulator = await startSimulator({ members: MEMBERS, roles: 20 })
  t.teardown(() => simulator.stop())
  const { guildId } = simulator
  const guild = new SimulatedGuild(simulator)

  /** Starts the API on a database, reconciles, and says what the ledger has. */
  const reconcile = async (databaseUrl: string, token: string) => {
    const [port, managementPort] = [await freePort(), await freePort()]
    const api = await startApi({ port, managementPort, databaseUrl, homeGuildId: guildId, output: 'kept' })
    try {
      const discord = { token: SIMULATOR_TOKEN, guildId, url: simulator.apiUrl }
      const { code } = await startSyncer({ discord, api: { url: api.url, token }, output: 'kept' }).ended
      t.equal(code, 0)
      return await latestRun({ url: api.url, token }, guildId)
    } finally {
      await api.stop()
    }
  }
  const digest = async (databaseUrl: string, ...args: string[]) => {
    // The tools of the server's own version come first.
    const env = { DATABASE_URL: databaseUrl, PATH: `${bin}:${process.env.PATH}` }
    const { code, output } = await startCommand('with-database', env, ['digest', ...args]).ended
    t.equal(code, 0, output)
    return output
  }

  // A database with something in every table: former members, alternate accounts, tokens, a ledger.
  const original = await createDatabase(server, 'original')
  await migrate(original)
  const token = await createToken(original, 'bot-syncer')
  t.match(await reconcile(original, token), { state: 'done', created: MEMBERS + 1 })
  const [leaver, other] = await guild.firstMembers(2)
  await guild.leave(leaver?.user.id ?? '')
  t.match(await reconcile(original, token), { state: 'done', departed: 1 })
  await query(
    original,
    `insert into alt_account values (${guildId}, ${leaver?.user.id}, ${other?.user.id}, 1, 'the same', now(), now())`,
  )

  const file = join(folder, 'rollcall.dump')
  const before = await digest(original, '--dump', file)
  t.match(before, new RegExp(`^member\t${MEMBERS + 1}\t[0-9a-f]{32}$`, 'm'))
  t.match(before, /^sync_run_id_seq\t2\t$/m)
  for (const table of ['alt_account', 'api_token', 'guild', 'member', 'role', 'sync_run']) {
    t.match(before, new RegExp(`^${table}\t[1-9]`, 'm'), `${table} is not empty`)
  }

  const restored = await createDatabase(server, 'restored')
  await promisify(execFile)(join(bin ?? '', 'pg_restore'), [
    '--exit-on-error',
    '--no-owner',
    `--dbname=${restored}`,
    file,
  ])
  t.equal(await digest(restored), before)

  const copy = await createDatabase(server, 'copy', { template: 'restored' })
  await query(copy, `update member set display_name = display_name || '.' where id = ${other?.user.id}`)
  t.not(await digest(copy), before, 'one letter more in one name is seen')

  const run = await reconcile(restored, token)
  t.match(run, { state: 'done', total: 0, roles_written: 0, roles_deleted: 0, members_read: MEMBERS })
  const { differences } = await compareMirror({ databaseUrl: restored, controlUrl: simulator.controlUrl, guildId })
  t.equal(differences, 0)
})

t.test('a digest without DATABASE_URL is refused: it would be of another database', async (t) => {
  const dataDir = t.testdir({})
  const { code, output } = await startCommand('with-database', { DATA_DIR: dataDir }, ['digest', '--dump', 'x']).ended
  t.equal(code, 2)
  t.equal(output, 'DATABASE_URL is not set: say of which database, as in DATABASE_URL=… npm run -s digest')
  t.strictSame(await readdir(dataDir), [], 'and none is started')
})

t.test('without pg_dump it says how to get it', async (t) => {
  const databaseUrl = await import('@rollcall/embedded-postgres/testing').then((it) => it.testDatabase(t))
  const env = { DATABASE_URL: databaseUrl, PATH: '/nowhere' }
  const { code, output } = await startCommand('with-database', env, ['digest', '--dump', '/dev/null']).ended
  t.equal(code, 1)
  t.match(output, /^pg_dump is not on this machine; it comes with the client of Postgres/)
})

async function query(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
