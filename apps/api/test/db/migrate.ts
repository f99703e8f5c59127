import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../src/db/migrate.js'
import { pendingMigrations } from '../../src/db/pending-migrations.js'
import { createPool } from '../../src/db/pool.js'
import { run } from '../fixtures/api-process.js'
import { MIGRATIONS } from '../fixtures/build.js'

const REAL = (await readdir(MIGRATIONS, { withFileTypes: true })).filter((it) => it.isDirectory()).map((it) => it.name)

/** An empty database, and a folder with a copy of the migrations. */
async function setUp(t: Test) {
  const url = await testDatabase(t)
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-migrations-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await cp(MIGRATIONS, folder, { recursive: true })
  const add = async (name: string, sql: string) => {
    await mkdir(join(folder, name), { recursive: true })
    await writeFile(join(folder, name, 'migration.sql'), sql)
  }
  const query = async (sql: string) => {
    const database = new pg.Client({ connectionString: url })
    await database.connect()
    try {
      return (await database.query(sql)).rows
    } finally {
      await database.end()
    }
  }
  const pending = async () => {
    const pool = createPool({ url, poolSize: 1, statementTimeoutMs: 10_000, onError: () => {} })
    try {
      return await pendingMigrations(pool, folder)
    } finally {
      await pool.end()
    }
  }
  return { url, folder, add, query, pending }
}

t.test('applies every migration once, in order, and then only new ones', async (t) => {
  const { url, folder, add, query, pending } = await setUp(t)
  t.strictSame(await pending(), REAL)
  t.strictSame(await migrate(url, folder), REAL)
  t.strictSame(await migrate(url, folder), [])
  await add('20990102000000_second', 'insert into step values (2)')
  await add('20990101000000_first', 'create table step (n int); insert into step values (1);')
  t.strictSame(await pending(), ['20990101000000_first', '20990102000000_second'])
  t.strictSame(await migrate(url, folder), ['20990101000000_first', '20990102000000_second'])
  t.strictSame(await query('select n from step'), [{ n: 1 }, { n: 2 }])
  t.strictSame(await pending(), [])

  await rm(join(folder, '20990102000000_second'), { recursive: true })
  t.strictSame(await migrate(url, folder), [], 'old code runs on the schema of the next version')
  t.strictSame(await pending(), [])
})

t.test("keeps Prisma's own bookkeeping", async (t) => {
  const { url, folder, query } = await setUp(t)
  await migrate(url, folder)
  const columns = await query(
    `select column_name, data_type, character_maximum_length as length, is_nullable, column_default
     from information_schema.columns where table_name = '_prisma_migrations' order by ordinal_position`,
  )
  // As Prisma's schema engine creates it.
  t.strictSame(
    columns.map((it) => Object.values(it)),
    [
      ['id', 'character varying', 36, 'NO', null],
      ['checksum', 'character varying', 64, 'NO', null],
      ['finished_at', 'timestamp with time zone', null, 'YES', null],
      ['migration_name', 'character varying', 255, 'NO', null],
      ['logs', 'text', null, 'YES', null],
      ['rolled_back_at', 'timestamp with time zone', null, 'YES', null],
      ['started_at', 'timestamp with time zone', null, 'NO', 'now()'],
      ['applied_steps_count', 'integer', null, 'NO', '0'],
    ],
  )
  const sql = await readFile(join(folder, REAL[0] ?? '', 'migration.sql'))
  const [row] = await query(`select * from _prisma_migrations order by started_at`)
  t.match(row, {
    id: /^[0-9a-f-]{36}$/,
    checksum: createHash('sha256').update(sql).digest('hex'),
    migration_name: REAL[0],
    finished_at: Date,
    rolled_back_at: null,
    applied_steps_count: 1,
  })
  t.ok(row.finished_at >= row.started_at)
})

t.test('two at once apply everything once', async (t) => {
  const { url, folder, add, query } = await setUp(t)
  await add('20990101000000_slow', 'create table step (n int); select pg_sleep(0.3);')
  const applied = await Promise.all([1, 2, 3].map(() => migrate(url, folder)))
  t.strictSame(applied.flat().sort(), [...REAL, '20990101000000_slow'].sort())
  t.strictSame(await query('select count(*)::int as count from _prisma_migrations'), [{ count: REAL.length + 1 }])
})

t.test('refuses a migration that was edited after it was applied', async (t) => {
  const { url, folder, add } = await setUp(t)
  await add('20990101000000_step', 'create table step (n int)')
  await migrate(url, folder)
  await add('20990101000000_step', 'create table step (n bigint)')
  await add('20990102000000_next', 'create table next (n int)')
  await t.rejects(migrate(url, folder), /20990101000000_step was changed after it was applied/)
  await add('20990101000000_step', 'create table step (n int)')
  t.strictSame(await migrate(url, folder), ['20990102000000_next'])
})

t.test('undoes a failing migration wholly, names it, and keeps those before it', async (t) => {
  const { url, folder, add, query, pending } = await setUp(t)
  await add('20990101000000_good', 'create table good (n int)')
  await add('20990102000000_bad', 'create table half (n int); insert into half values (1); select 1 / 0;')
  await add('20990103000000_after', 'create table after_it (n int)')
  await t.rejects(migrate(url, folder), {
    message: 'Migration 20990102000000_bad failed and was undone: division by zero',
  })
  const exists = `select to_regclass('good') is not null as good, to_regclass('half') is not null as half, to_regclass('after_it') is not null as after`
  t.strictSame(await query(exists), [{ good: true, half: false, after: false }])
  t.strictSame(await pending(), ['20990102000000_bad', '20990103000000_after'])
  await add('20990102000000_bad', 'create table half (n int)')
  t.strictSame(await migrate(url, folder), ['20990102000000_bad', '20990103000000_after'])
})

t.test('undoes a migration that cannot be recorded', async (t) => {
  const { url, folder, add, query, pending } = await setUp(t)
  await add('20990101000000_lost', 'create table lost (n int); drop table _prisma_migrations;')
  await t.rejects(migrate(url, folder), /20990101000000_lost failed and was undone/)
  t.strictSame(await query(`select to_regclass('lost') is null as undone`), [{ undone: true }])
  t.strictSame(await pending(), ['20990101000000_lost'])
})

t.test('leaves a migration that Prisma has begun and not finished to a person', async (t) => {
  const { url, folder, query, pending } = await setUp(t)
  await migrate(url, folder)
  await query('update _prisma_migrations set finished_at = null')
  await t.rejects(migrate(url, folder), /was begun and not finished/)
  t.strictSame(await pending(), REAL)
  await query('update _prisma_migrations set rolled_back_at = now()')
  t.strictSame(await pending(), REAL, 'one that was rolled back is to be applied again')
})

t.test('as a command says what it did, and what is wrong in one sentence', async (t) => {
  const { url } = await setUp(t)
  const env = { DATABASE_URL: url }
  const said = (text: string) => ({ code: 0, stdout: text, stderr: '' })
  const names = REAL.map((it) => `applied ${it}\n`).join('')
  t.strictSame(await run(t, 'migrate', [], env), said(`${names}The database is up to date now.\n`))
  t.strictSame(await run(t, 'migrate', [], env), said('The database was up to date.\n'))
  const without = await run(t, 'migrate', [], { DATABASE_URL: 'nonsense' })
  t.strictSame(without, { code: 1, stdout: '', stderr: 'DATABASE_URL is not set to a postgres:// address.\n' })
  const away = await run(t, 'migrate', [], { DATABASE_URL: 'postgres://someone:a-secret@127.0.0.1:1/x' })
  t.match(away, { code: 1, stdout: '', stderr: /ECONNREFUSED/ })
  t.notMatch(away.stderr, /a-secret|\n\s+at /)
})
