import { setTimeout as sleep } from 'node:timers/promises'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t, { type Test } from 'tap'
import { ApiProcess, run } from './fixtures/api-process.js'
import { migrated } from './fixtures/build.js'
import { aMember, GUILD } from './fixtures/native.js'
import { client, createKey, MEMBERS, ROLE, seed } from './fixtures/seeded.js'

t.setTimeout(120_000)

// The steps of docs/operations.md, as an operator takes them: commands and requests, against processes.

/** A running API with ten members, and the address of its database. */
async function serving(t: Test) {
  const databaseUrl = await testDatabase(t, { template: await migrated() })
  const key = await createKey(databaseUrl)
  const api = new ApiProcess(t, databaseUrl)
  const request = client(await api.url(), key)
  await seed(request, 10)
  return { databaseUrl, api, key, request }
}

t.test('a token is rotated without a refused request', async (t) => {
  const { databaseUrl, api } = await serving(t)
  const url = await api.url()
  const token = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(t, 'token', args, { DATABASE_URL: databaseUrl })
    t.equal(code, 0, stderr)
    return stdout
  }
  const statusOf = async (key: string) => (await client(url, key)('GET', '/guilds')).status
  const scopes = ['--scopes', 'guilds:read']

  const old = (await token('create', '--name', 'website', ...scopes)).trim()
  t.equal(await statusOf(old), 200)
  const fresh = (await token('create', '--name', 'website-2', ...scopes)).trim()
  t.equal(await statusOf(fresh), 200, 'at once, without a restart')
  t.equal(await statusOf(old), 200, 'both are good')
  // What a token was used for is written down a little later.
  let list = ''
  const startedMs = Date.now()
  while (Date.now() - startedMs < 60_000 && !/^website-2\tin force\tused /m.test(list)) {
    await sleep(1_000)
    await statusOf(fresh)
    list = await token('list')
  }
  t.match(list, /^website-2\tin force\tused /m, 'the new one is in use')
  await token('revoke', '--name', 'website')
  let status = 200
  for (let waitedMs = 0; waitedMs < 8_000 && status === 200; waitedMs += 250) {
    status = await statusOf(old)
    t.equal(await statusOf(fresh), 200)
    await sleep(250)
  }
  t.equal(status, 401, 'the old one is not')
})

t.test('the version that runs goes on while the migration of the next one has been applied', async (t) => {
  const { databaseUrl, request } = await serving(t)
  const use = async (observed: string) => {
    const changes = { observed_at: observed, members: [aMember('1', { display_name: observed, roles: [ROLE] })] }
    const answers = await Promise.all([
      request('GET', '/guilds'),
      request('GET', `/guilds/${GUILD}/roles`),
      request('GET', `${MEMBERS}?limit=5`),
      request('GET', `${MEMBERS}/1`),
      request('GET', `/guilds/${GUILD}/sync-runs`),
      request('PATCH', MEMBERS, changes),
      request('POST', `/guilds/${GUILD}/sync-runs`, {}),
    ])
    return answers.map(({ status }) => status)
  }
  const before = await use('2026-11-21T07:00:00Z')
  t.strictSame(before.slice(0, 6), [200, 200, 200, 200, 200, 200])
  // As a migration may: more tables, and more columns that those who do not know them can leave out.
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  t.teardown(() => database.end())
  await database.query('create table novelty (id bigint primary key)')
  for (const table of ['guild', 'role', 'member', 'sync_run', 'api_token', 'alt_account']) {
    await database.query(`alter table ${table} add column novelty text not null default 'new'`)
  }
  t.strictSame(await use('2026-11-21T07:00:01Z'), before)
  t.match((await request('GET', `${MEMBERS}/1`)).text, '2026-11-21T07:00:01')
  // The pods of the new version run the same migrations again, some of them at once.
  const again = await Promise.all([1, 2].map(() => run(t, 'migrate', [], { DATABASE_URL: databaseUrl })))
  for (const { code, stdout } of again) t.match({ code, stdout }, { code: 0, stdout: /was up to date/ })
})
