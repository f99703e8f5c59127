import { databaseUrl as urlOf } from '@rollcall/embedded-postgres'
import pg from 'pg'
import t, { type Test } from 'tap'
import { type Digest, digestTables } from '../src/db/digest-tables.js'
import { Program } from './fixtures/api-process.js'
import { build } from './fixtures/build.js'
import { bundle } from './fixtures/bundle.js'
import { GUILD } from './fixtures/native.js'

const OBSERVED_AT = '2026-11-21T10:00:00.000001Z'

async function connect(t: Test, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  return client
}

/** A database with 300 members, and one connection to it. */
async function filled(t: Test) {
  const { databaseUrl, pool } = await build(t)
  await pool.query('insert into guild values ($1, $2, $3)', [GUILD, 'Guild', OBSERVED_AT])
  await pool.query(
    `insert into member (guild_id, id, name, display_name, discriminator, roles, observed_at)
     select $1, id, 'n' || id, 'Ñ' || id, 0, array[id, id + 1], $2 from generate_series(1, 300) as id`,
    [GUILD, OBSERVED_AT],
  )
  return { databaseUrl, client: await connect(t, databaseUrl) }
}

const byName = (digests: readonly Digest[]) => Object.fromEntries(digests.map((it) => [it.name, it]))

t.test('tells rows and digest of every table and sequence, the same each time', async (t) => {
  const { databaseUrl, client } = await filled(t)
  const program = new Program(t, bundle('digest'), [], { DATABASE_URL: databaseUrl })
  t.equal((await program.ended).code, 0, program.stderr)
  const digests = await digestTables(client)
  t.equal(program.stdout, digests.map(({ name, rows, digest }) => `${name}\t${rows}\t${digest}\n`).join(''))
  const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'")
  for (const { tablename } of rows) t.match(byName(digests)[tablename], { digest: /^[0-9a-f]{32}$/ }, tablename)
  t.match(byName(digests), { member: { rows: '300' }, alt_account: { rows: '0', digest: '0'.repeat(32) } })
  t.match(byName(digests).sync_run_id_seq, { rows: '0', digest: '' })
})

t.test('a row that differs, lacks or is there once more is seen, in its table alone', async (t) => {
  const { client } = await filled(t)
  const before = byName(await digestTables(client))
  for (const change of [
    "update member set display_name = 'N7' where id = 7",
    "update member set observed_at = observed_at + interval '1 microsecond' where id = 7",
    'update member set roles = array[8, 7] where id = 7',
    'delete from member where id = 7',
    `insert into member values (${GUILD}, 301, 'n', 'n', 0, '{}', true, now())`,
    // The same values in other rows.
    "update member set name = case id when 7 then 'n8' else 'n7' end where id in (7, 8)",
  ]) {
    // A digest reads in a transaction of its own, so the change is made and taken back around it.
    await client.query('create table kept as table member')
    await client.query(change)
    const after = byName(await digestTables(client))
    const differing = Object.keys(before).filter((name) => before[name]?.digest !== after[name]?.digest)
    t.strictSame(differing, ['member'], change)
    await client.query('truncate member cascade; insert into member table kept; drop table kept')
    t.strictSame(byName(await digestTables(client)), before, 'rows that lie in another order are the same rows')
  }
})

t.test('what is written meanwhile is in no table', async (t) => {
  const { databaseUrl, client } = await filled(t)
  const before = await digestTables(client)
  const writer = await connect(t, databaseUrl)
  const during = await digestTables(client, async () => {
    await writer.query('delete from member')
  })
  t.strictSame(during, before)
  t.match(byName(await digestTables(client)), { member: { rows: '0' } })
})

t.test('whoever asks, from wherever, gets the same digest', async (t) => {
  const { databaseUrl, client } = await filled(t)
  const abroad = new URL(databaseUrl)
  abroad.searchParams.set('options', '-c timezone=Asia/Tokyo -c datestyle=German -c bytea_output=escape')
  t.strictSame(await digestTables(await connect(t, abroad.href)), await digestTables(client))
})

t.test('a database that is not there, or not told, is said in one sentence', async (t) => {
  const { databaseUrl } = await filled(t)
  const run = async (env: Record<string, string>) => {
    const program = new Program(t, bundle('digest'), [], env)
    const { code } = await program.ended
    return { code, stdout: program.stdout, stderr: program.stderr }
  }
  t.match(await run({}), { code: 1, stdout: '', stderr: 'DATABASE_URL is not set.\n' })
  t.match(await run({ DATABASE_URL: urlOf(databaseUrl, 'nowhere') }), { code: 1, stdout: '', stderr: /^[^\n]+\n$/ })
})
