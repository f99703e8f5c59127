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
  guild_sync: { guild_id: 1 },
  gateway_shard: { bot_id: 1, shard_count: 2, shard_id: 0 },
  gateway_identify_budget: { bot_id: 1, window_ends_at: 'epoch', total: 1, remaining: 1 },
  gateway_identify_key: { bot_id: 1, key: 0, next_at: 'epoch' },
  notice_claim: { kind: 'guild_first_seen', claimed_at: 'epoch' },
  notice: { kind: 'guild_first_seen', guild_id: 1, created_at: 'epoch', claim_id: 1 },
  api_token: { name: 'token', key_hash: Buffer.alloc(32), scopes: '{}' },
}

const long = (length: number) => '🎉'.repeat(length)
const dirty = { dirty_since: 'epoch', dirty_marked_at: 'epoch', dirty_reason: 'overflow' }
const leased = { state: 'ready', holder: 'h', instance: '7b0c9b1e-6b3c-4a53-9f0e-0a4c3e8d2f11', expires_at: 'epoch' }
const session = { session_id: 's', resume_gateway_url: 'u', sequence: 1 }
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
  ['guild_sync_pkey', 'guild_sync', {}],
  ['guild_sync_guild_id_range', 'guild_sync', { guild_id: -1 }],
  ['guild_sync_presence', 'guild_sync', { guild_id: 9, presence: 'odd' }],
  ['guild_sync_lag_ms_range', 'guild_sync', { guild_id: 9, lag_ms: -1 }],
  ['guild_sync_dirty_reason', 'guild_sync', { guild_id: 9, ...dirty, dirty_reason: 'odd' }],
  [
    'guild_sync_dirty_is_complete',
    'guild_sync',
    { guild_id: 9, ...dirty, dirty_since: null },
    { guild_id: 9, ...dirty, dirty_marked_at: null },
    { guild_id: 9, ...dirty, dirty_reason: null },
  ],
  ['guild_sync_dirty_in_order', 'guild_sync', { guild_id: 9, ...dirty, dirty_since: 'now' }],
  ['gateway_shard_pkey', 'gateway_shard', {}],
  ['gateway_shard_bot_id_range', 'gateway_shard', { bot_id: -1 }],
  ['gateway_shard_id_range', 'gateway_shard', { shard_id: 2 }, { shard_id: -1 }],
  ['gateway_shard_count_range', 'gateway_shard', { shard_count: 65_537 }],
  ['gateway_shard_state', 'gateway_shard', { shard_id: 1, ...leased, state: 'odd' }],
  ['gateway_shard_lease_is_complete', 'gateway_shard', { shard_id: 1, ...leased, expires_at: null }],
  ['gateway_shard_free_has_no_lease', 'gateway_shard', { shard_id: 1, ...leased, state: 'free' }],
  ['gateway_shard_epoch_range', 'gateway_shard', { shard_id: 1, epoch: -1 }],
  ['gateway_shard_wanted_is_complete', 'gateway_shard', { shard_id: 1, wanted_by: 'h' }],
  ['gateway_shard_session_is_complete', 'gateway_shard', { shard_id: 1, ...session, sequence: null }],
  ['gateway_shard_sequence_range', 'gateway_shard', { shard_id: 1, ...session, sequence: -1 }],
  ['gateway_shard_lag_ms_range', 'gateway_shard', { shard_id: 1, lag_ms: -1 }],
  [
    'gateway_shard_text_length',
    'gateway_shard',
    { shard_id: 1, ...leased, holder: long(101) },
    { shard_id: 1, wanted_by: long(101), wanted_until: 'epoch' },
    { shard_id: 1, detail: long(501) },
    { shard_id: 1, ...session, session_id: long(201) },
    { shard_id: 1, ...session, resume_gateway_url: long(301) },
  ],
  ['gateway_identify_budget_pkey', 'gateway_identify_budget', {}],
  ['gateway_identify_budget_bot_id_range', 'gateway_identify_budget', { bot_id: -1 }],
  [
    'gateway_identify_budget_remaining_range',
    'gateway_identify_budget',
    { bot_id: 9, remaining: -1 },
    { bot_id: 9, remaining: 2 },
  ],
  ['gateway_identify_key_pkey', 'gateway_identify_key', {}],
  ['gateway_identify_key_range', 'gateway_identify_key', { key: -1 }, { key: 65_536 }],
  ['notice_claim_pkey', 'notice_claim', { id: 1 }],
  ['notice_claim_kind', 'notice_claim', { kind: 'odd' }],
  ['notice_claim_state', 'notice_claim', { state: 'odd', reported_at: 'epoch' }],
  ['notice_claim_reported', 'notice_claim', { state: 'sent' }, { reported_at: 'epoch' }],
  ['notice_claim_error_length', 'notice_claim', { error: long(501) }],
  ['notice_pkey', 'notice', {}],
  ['notice_kind', 'notice', { kind: 'odd' }],
  ['notice_claim_id_fkey', 'notice', { guild_id: 9, claim_id: 9 }],
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
      'gateway_shard.detail',
      'gateway_shard.holder',
      'gateway_shard.instance',
      'gateway_shard.expires_at',
      'gateway_shard.heartbeat_at',
      'gateway_shard.wanted_by',
      'gateway_shard.wanted_until',
      'gateway_shard.session_id',
      'gateway_shard.resume_gateway_url',
      'gateway_shard.sequence',
      'gateway_shard.last_event_at',
      'gateway_shard.lag_ms',
      'guild_sync.presence_observed_at',
      'guild_sync.last_event_at',
      'guild_sync.lag_ms',
      'guild_sync.dirty_since',
      'guild_sync.dirty_marked_at',
      'guild_sync.dirty_reason',
      'guild_sync.claimed_until',
      'notice.claim_id',
      'notice_claim.error',
      'notice_claim.reported_at',
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
