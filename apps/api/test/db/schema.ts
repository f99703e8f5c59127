import { testDatabase } from '@rollcall/embedded-postgres/testing'
import pg from 'pg'
import t from 'tap'
import { Prisma } from '../../src/generated/prisma/client.js'
import { migrated } from '../fixtures/build.js'

const database = new pg.Client({ connectionString: await testDatabase(t, { template: await migrated() }) })
await database.connect()
t.teardown(() => database.end())

type Row = Readonly<Record<string, unknown>>

/** A row of each table that every constraint allows, in an order in which they can be inserted. */
const GOOD: Record<string, Row> = {
  guild: { id: 1, name: 'Guild', observed_at: 'epoch' },
  role: { guild_id: 1, id: 2, name: 'Role', colour: 0, permissions: 0, position: -1, observed_at: 'epoch' },
  member: {
    guild_id: 1,
    id: 3,
    name: 'n',
    display_name: '',
    discriminator: 0,
    roles: '{2}',
    observed_at: 'epoch',
  },
  alt_account: {
    guild_id: 1,
    source: 3,
    target: 4,
    actor: 5,
    context: 'c',
    created_at: 'epoch',
    updated_at: 'epoch',
  },
  sync_run: { guild_id: 1, attempt: 1, started_at: 'epoch', heartbeat_at: 'epoch' },
  api_token: { name: 'token', key_hash: Buffer.alloc(32), scopes: '{}' },
}

const long = (length: number) => '🎉'.repeat(length)
const ended = { state: 'failed', finished_at: 'epoch' }

/** Constraint, table, and what is wrong with the row: each list has every way that is worth seeing. */
const BAD: [string, string, ...Row[]][] = [
  ['guild_pkey', 'guild', {}],
  ['guild_id_range', 'guild', { id: -1 }],
  ['guild_name_length', 'guild', { id: 9, name: '' }, { id: 9, name: long(101) }],
  ['role_pkey', 'role', {}],
  ['role_guild_id_fkey', 'role', { guild_id: 9 }],
  ['role_id_range', 'role', { id: -1 }],
  ['role_name_length', 'role', { id: 9, name: '' }, { id: 9, name: long(101) }],
  ['role_colour_range', 'role', { id: 9, colour: -1 }],
  ['role_permissions_range', 'role', { id: 9, permissions: -1 }],
  ['role_deleted_after_deleting', 'role', { id: 9, deleted_at: 'epoch' }],
  ['member_pkey', 'member', {}],
  ['member_guild_id_fkey', 'member', { guild_id: 9 }],
  ['member_id_range', 'member', { id: -1 }],
  ['member_name_length', 'member', { id: 9, name: '' }, { id: 9, name: long(33) }],
  ['member_display_name_length', 'member', { id: 9, display_name: long(33) }],
  ['member_discriminator_range', 'member', { id: 9, discriminator: -1 }, { id: 9, discriminator: 10_000 }],
  ['member_roles_without_null', 'member', { id: 9, roles: '{1,NULL}' }],
  ['member_roles_count', 'member', { id: 9, roles: `{${Array.from({ length: 251 }, (_, it) => it).join()}}` }],
  ['alt_account_pkey', 'alt_account', {}],
  ['alt_account_guild_id_source_fkey', 'alt_account', { source: 9 }],
  ['alt_account_guild_id_target_fkey', 'alt_account', { target: 9 }],
  ['alt_account_not_itself', 'alt_account', { target: 3 }],
  [
    'alt_account_context_length',
    'alt_account',
    { source: 4, target: 3, context: '' },
    { source: 4, target: 3, context: long(1_901) },
  ],
  ['sync_run_pkey', 'sync_run', { id: 1, ...ended }],
  ['sync_run_guild_id_fkey', 'sync_run', { guild_id: 9 }],
  ['sync_run_one_running', 'sync_run', {}],
  ['sync_run_state', 'sync_run', { state: 'odd', finished_at: 'epoch' }],
  ['sync_run_finished', 'sync_run', { state: 'failed' }, { finished_at: 'epoch' }],
  ['sync_run_counts_not_negative', 'sync_run', { ...ended, attempt: -1 }, { ...ended, departed: -1 }],
  ['sync_run_counts_add_up', 'sync_run', { ...ended, total: 2, done: 1 }],
  [
    'sync_run_done_is_complete',
    'sync_run',
    { ...ended, state: 'done', total: 1, failed: 1 },
    { ...ended, state: 'done', total: 1, remaining: 1 },
  ],
  ['sync_run_error_length', 'sync_run', { ...ended, error: long(1_001) }],
  ['api_token_pkey', 'api_token', { id: 1, name: 'other', key_hash: Buffer.alloc(32, 1) }],
  ['api_token_name_key', 'api_token', { key_hash: Buffer.alloc(32, 1) }],
  ['api_token_key_hash_key', 'api_token', { name: 'other' }],
  ['api_token_name_length', 'api_token', { name: '' }, { name: long(101) }],
  ['api_token_key_hash_length', 'api_token', { name: 'other', key_hash: Buffer.alloc(31) }],
]

async function insert(table: string, row: Row): Promise<void> {
  const columns = Object.keys(row)
  const places = columns.map((_, index) => `$${index + 1}`)
  await database.query(`insert into ${table} (${columns}) values (${places})`, Object.values(row))
}

t.before(async () => {
  for (const [table, row] of Object.entries(GOOD)) {
    await insert(table, row)
    if (table === 'member') await insert(table, { ...row, id: 4 })
  }
})

t.test("every table has the columns of Prisma's model", async (t) => {
  const models = Object.entries(Prisma).flatMap(([name, fields]): [string, string[]][] => {
    const model = /^(\w+)ScalarFieldEnum$/.exec(name)?.[1]
    return model ? [[model.charAt(0).toLowerCase() + model.slice(1), Object.values(fields).sort()]] : []
  })
  const { rows } = await database.query<{ table_name: string; columns: string[] }>(
    `select table_name, array_agg(column_name::text order by column_name::text collate "C") as columns
     from information_schema.columns
     where table_schema = 'public' and table_name <> '_prisma_migrations'
     group by table_name`,
  )
  t.strictSame(Object.fromEntries(models), Object.fromEntries(rows.map((it) => [it.table_name, it.columns])))
})

t.test('every constraint refuses what it is there for', async (t) => {
  for (const [constraint, table, ...faults] of BAD) {
    for (const fault of faults) {
      const error = await insert(table, { ...GOOD[table], ...fault }).catch((it: unknown) => it)
      t.match(error, { constraint }, `${constraint}: ${Object.keys(fault)}`)
    }
  }
  const { rows } = await database.query<{ name: string }>(
    `select conname as name from pg_constraint
     where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> '_prisma_migrations'::regclass
     union
     select relname from pg_index join pg_class on pg_class.oid = indexrelid
     where indisunique and relnamespace = 'public'::regnamespace and indrelid <> '_prisma_migrations'::regclass`,
  )
  t.strictSame(new Set(BAD.map(([name]) => name)), new Set(rows.map((it) => it.name)), 'none is missing here')
})

t.test('nothing that is required may be null', async (t) => {
  const { rows } = await database.query<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'public' and is_nullable = 'YES' and table_name <> '_prisma_migrations'
     order by table_name, ordinal_position`,
  )
  t.strictSame(
    rows.map((it) => `${it.table_name}.${it.column_name}`),
    [
      'api_token.expires_at',
      'api_token.revoked_at',
      'api_token.last_used_at',
      'role.deleting_since',
      'role.deleted_at',
      'sync_run.finished_at',
      'sync_run.error',
    ],
  )
})

t.test('the limits are counted in characters, as people do, and reached', async (t) => {
  await insert('guild', { ...GOOD.guild, id: '9223372036854775807', name: long(100) })
  const roles = `{${Array.from({ length: 250 }, (_, it) => it).join()}}`
  await insert('member', { ...GOOD.member, id: 5, name: long(32), display_name: long(32), discriminator: 9_999, roles })
  await insert('sync_run', { ...GOOD.sync_run, ...ended, error: long(1_000) })
  t.pass()
})

t.test('a role change stays a HOT update: no index holds roles or stamps, and pages have room', async (t) => {
  const { rows } = await database.query<{ column: string }>(
    `select attname as column from pg_index join pg_attribute on attrelid = indexrelid where indrelid = 'member'::regclass`,
  )
  t.strictSame(new Set(rows.map((it) => it.column)), new Set(['guild_id', 'id', 'name']))
  await database.query(
    `insert into member (guild_id, id, name, display_name, discriminator, roles, observed_at)
     select 1, id, 'n' || id, 'd', 0, '{2}', 'epoch' from generate_series(1001, 3000) as id`,
  )
  await database.query(`update member set roles = '{}', observed_at = now() where id % 10 = 0`)
  await database.query('select pg_stat_force_next_flush()')
  const stats = `select n_tup_upd::int as updates, n_tup_hot_upd::int as hot from pg_stat_user_tables where relname = 'member'`
  const { updates, hot } = (await database.query<{ updates: number; hot: number }>(stats)).rows[0] ?? {
    updates: 0,
    hot: 0,
  }
  t.equal(updates, 200)
  t.equal(hot, 200)
})
