import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createPool } from '../src/db/pool.js'
import { createPrisma } from '../src/db/prisma.js'
import { createToken } from '../src/tokens/tokens.js'
import { ApiProcess, run } from './fixtures/api-process.js'
import { migrated } from './fixtures/build.js'
import { client } from './fixtures/seeded.js'

const KEY_LINE = /^rollcall_[\w-]{43}\n$/

/** The command line of the tokens, each call a process of its own. */
async function tokens(t: Test) {
  const databaseUrl = await testDatabase(t, { template: await migrated() })
  const token = (...args: string[]) => run(t, 'token', args, { DATABASE_URL: databaseUrl })
  const create = (name: string, ...more: string[]) =>
    token('create', '--name', name, '--scopes', 'guilds:read', ...more)
  return { databaseUrl, token, create }
}

t.test('prints the key of a new token and nothing else, and never shows it again', async (t) => {
  const { databaseUrl, token, create } = await tokens(t)
  const made = await create('website', '--expires-in-days', '30')
  t.match(made, { code: 0, stdout: KEY_LINE, stderr: '' })
  const two = await token('create', '--name', 'a bot', '--scopes', ' members:read, members:write ,members:read')
  t.match(two, { code: 0, stdout: KEY_LINE })
  t.not(made.stdout, two.stdout)

  const list = await token('list')
  const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
  t.strictSame(list, {
    code: 0,
    stdout: `a bot\tin force\tnever used\tmembers:read,members:write\nwebsite\tuntil ${day}\tnever used\tguilds:read\n`,
    stderr: '',
  })
  const database = new pg.Client({ connectionString: databaseUrl })
  await database.connect()
  const { rows } = await database.query('select * from api_token')
  await database.end()
  t.notMatch(JSON.stringify(rows), made.stdout.trim(), 'the database does not know the key either')
})

t.test('refuses with a sentence, on standard error, and makes nothing', async (t) => {
  const { databaseUrl, token, create } = await tokens(t)
  await create('taken')
  const refused: [RegExp, ...string[]][] = [
    [/There is a token named taken already/, 'create', '--name', 'taken', '--scopes', 'guilds:read'],
    [/no scope guilds:own, x\. The scopes are: guilds:read, /, 'create', '--name', 'a', '--scopes', 'guilds:own,x'],
    [/'--scopes <list>' not specified/, 'create', '--name', 'a'],
    [/from 1 to 3650/, 'create', '--name', 'a', '--scopes', 'guilds:read', '--expires-in-days', '1.5'],
    [/No token named nobody is in force/, 'revoke', '--name', 'nobody'],
  ]
  for (const [sentence, ...args] of refused) {
    const { code, stdout, stderr } = await token(...args)
    t.equal(code, 1, args.join(' ').slice(0, 60))
    t.equal(stdout, '')
    t.match(stderr, sentence)
    t.notMatch(stderr, /\n\s+at /, 'no stack')
  }
  const pool = createPool({ url: databaseUrl, poolSize: 1, statementTimeoutMs: 10_000, onError: () => {} })
  const prisma = createPrisma(pool)
  for (const name of ['', 'n'.repeat(101), 'a\tb', 'a\nb', 'a\0b', '\ud800']) {
    await t.rejects(createToken(prisma, { name, scopes: ['guilds:read'] }), /1 to 100 characters/)
  }
  await t.rejects(createToken(prisma, { name: 'a', scopes: [] }), /at least one scope/)
  await pool.end()
  t.match((await token('list')).stdout, /^taken\t[^\n]*\n$/)

  const { password } = new URL(databaseUrl)
  const away = await run(t, 'token', ['list'], { DATABASE_URL: `postgres://someone:${password}@127.0.0.1:1/x` })
  t.equal(away.code, 1)
  t.match(away.stderr, /ECONNREFUSED|reach/)
  t.notMatch(away.stderr, password)
  t.match(await run(t, 'token', ['list'], {}), { code: 1, stderr: 'DATABASE_URL is not set.\n' })
})

t.test('a revocation counts in a running API within seconds, and prune removes what is over', async (t) => {
  const { databaseUrl, token, create } = await tokens(t)
  const api = new ApiProcess(t, databaseUrl)
  await api.untilReadyzSays(200)
  const key = (await create('short-lived')).stdout.trim()
  await create('kept')
  const request = client(await api.url(), key)
  t.equal((await request('GET', '/guilds')).status, 200, 'a new token counts at once')
  t.match(await token('revoke', '--name', 'short-lived'), { code: 0, stdout: 'revoked short-lived\n' })
  const revokedAt = Date.now()
  let status = 200
  while (status === 200 && Date.now() - revokedAt < 20_000) status = (await request('GET', '/guilds')).status
  t.equal(status, 401)
  t.ok(Date.now() - revokedAt < 8_000, `after ${Date.now() - revokedAt} ms`)

  t.equal((await token('revoke', '--name', 'short-lived')).code, 1, 'once only')
  const day = new Date().toISOString().slice(0, 10)
  t.match(
    (await token('list')).stdout,
    new RegExp(`^short-lived\trevoked ${day}\tused ${day}T\\d\\d:\\d\\d:\\d\\dZ\tguilds:read$`, 'm'),
  )
  t.match(await token('prune'), { code: 0, stdout: 'removed 1\n' })
  t.match((await token('list')).stdout, /^kept\t[^\n]*\n$/)
  t.equal((await create('short-lived')).code, 0, 'its name is free again')
})
