import pg from 'pg'

/** One table, or one sequence, whose `rows` are then the number it gave last. */
export interface Digest {
  readonly name: string
  readonly rows: string
  /** Of all rows, in whatever order they lie; 32 hex digits. */
  readonly digest: string
}

/** How a value is written as text must not depend on who asks. */
const SETTINGS = `
  set local timezone = 'UTC';
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres';
  set local bytea_output = 'hex';
  set local extra_float_digits = 1;
  set local statement_timeout = 0;
  set local idle_in_transaction_session_timeout = 0`

/**
 * Counts and digests every table of the schema `public`, the migrations' bookkeeping too, in one snapshot: writes that
 * happen meanwhile are in none of them. Two databases with equal digests have equal rows, up to chance.
 *
 * @param client - connected; reads the whole database once, and holds nothing of it
 * @param during - done meanwhile with the same snapshot, whose name it gets
 * @see https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION
 */
export async function digestTables(
  client: pg.Client,
  during: (snapshot: string) => Promise<void> = async () => {},
): Promise<Digest[]> {
  await client.query('begin transaction isolation level repeatable read, read only')
  try {
    await client.query(SETTINGS)
    const { rows } = await client.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot')
    const [digests] = await Promise.all([digestEach(client), during(rows[0]?.snapshot ?? '')])
    return digests
  } finally {
    await client.query('rollback')
  }
}

async function digestEach(client: pg.Client): Promise<Digest[]> {
  const { rows: tables } = await client.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' order by tablename",
  )
  const digests: Digest[] = []
  for (const { name } of tables) digests.push(await digestTable(client, name))
  const { rows: sequences } = await client.query<{ name: string; rows: string }>(
    `select sequencename as name, coalesce(last_value, 0)::text as rows
       from pg_sequences where schemaname = 'public' order by sequencename`,
  )
  return [...digests, ...sequences.map((it) => ({ ...it, digest: '' }))]
}

/** The sum of the rows' MD5, each half by itself: it needs no order, so nothing is sorted, and notices a row that is doubled. */
async function digestTable(client: pg.Client, name: string): Promise<Digest> {
  const { rows } = await client.query<{ rows: string; left: string; right: string }>(
    `select count(*)::text as rows,
            coalesce(sum(('x' || left(hash, 16))::bit(64)::bigint), 0)::text as left,
            coalesce(sum(('x' || right(hash, 16))::bit(64)::bigint), 0)::text as right
       from (select md5(${pg.escapeIdentifier(name)}::text) as hash from only public.${pg.escapeIdentifier(name)}) as hashes`,
  )
  const { rows: count = '0', left = '0', right = '0' } = rows[0] ?? {}
  return { name, rows: count, digest: half(left) + half(right) }
}

const half = (sum: string) => BigInt.asUintN(64, BigInt(sum)).toString(16).padStart(16, '0')
