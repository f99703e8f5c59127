import { NO_COUNTS, type ReportSyncRun, type Snowflake, type SyncRun } from '@rollcall/contract'
import { ApiError, notFound, RetryLaterError } from '../errors.js'
import type { Pool, PoolClient } from './pool.js'
import { lockGuild } from './roles.js'
import { inTransaction } from './transaction.js'

/**
 * How long a guild rests after its n-th failed run in a row, in seconds: a restart is not a fresh start. The first two
 * are free, because a deployment or a network fault ends a run now and then.
 */
export const REST_SECONDS = [0, 0, 0, 60, 300, 900, 3_600, 21_600] as const

/** How long a guild rests whose run was `held` for a person, or `partial`: the next would most likely end as it did. */
const UNFINISHED_REST_SECONDS = 3_600

/** Runs that the ledger keeps of a guild: six weeks of one an hour. */
export const MAX_RUNS = 1_000

/** Runs that are forgotten in one go, so that a long ledger costs no start much. */
const MAX_PRUNED = 1_000

const COUNTS = Object.keys(NO_COUNTS) as (keyof typeof NO_COUNTS)[]

const instant = (column: string) =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ${column}`

const COLUMNS = [
  'id, guild_id, state, attempt',
  ...['started_at', 'heartbeat_at', 'finished_at'].map(instant),
  ...COUNTS,
  'error',
].join(', ')

// Its process is gone or will learn so at its next report; it was alive until its last heartbeat, not until now.
const ABANDON_RUNNING = `
update sync_run set state = 'failed', finished_at = heartbeat_at, error = 'Another run was started before this one had ended.'
where guild_id = $1 and state = 'running'`

const LAST_RUN = `
select state, attempt, extract(epoch from now() - finished_at)::float8 as seconds_ago
from sync_run where guild_id = $1 order by id desc limit 1`

const START_RUN = `
insert into sync_run (guild_id, attempt, started_at, heartbeat_at) values ($1, $2, now(), now())
returning ${COLUMNS}`

// The oldest first, but not the one that says when a run was last done, however long ago.
const PRUNE_RUNS = `
delete from sync_run where id = any (array(
  select id from sync_run
  where guild_id = $1 and id <= (select id from sync_run where guild_id = $1 order by id desc offset ${MAX_RUNS} limit 1)
  order by id limit ${MAX_PRUNED}
)) and id is distinct from (select id from sync_run where guild_id = $1 and state = 'done' order by id desc limit 1)`

const REST_GUILD = `
update guild_sync set claimed_until = greatest(claimed_until, now() + make_interval(secs => $2)) where guild_id = $1`

/**
 * Starts a run and ends one that is still running. The ledger forgets what is older than {@link MAX_RUNS} runs.
 *
 * @throws 409 `sync_run_too_early` while the guild rests after failures, unless `now`
 */
export async function startSyncRun(pool: Pool, guildId: Snowflake, { now = false }): Promise<SyncRun> {
  const started = await inTransaction(pool, async (client) => {
    await lockGuild(client, guildId)
    await client.query(ABANDON_RUNNING, [guildId])
    const { attempt, waitSeconds } = await nextAttempt(client, guildId)
    // Returned, not thrown: the abandoned run stays ended.
    if (waitSeconds > 0 && !now) {
      await client.query(REST_GUILD, [guildId, waitSeconds])
      return { attempt, waitSeconds }
    }
    const { rows } = await client.query<SyncRun>(START_RUN, [guildId, attempt])
    await client.query(PRUNE_RUNS, [guildId])
    return rows[0]
  })
  if (started && !('waitSeconds' in started)) return started
  const { attempt = 1, waitSeconds = 0 } = started ?? {}
  const message = `The last ${attempt - 1} runs failed; attempt ${attempt} may start in ${Math.ceil(waitSeconds)} seconds.`
  throw new RetryLaterError(409, 'sync_run_too_early', message, Math.ceil(waitSeconds))
}

async function nextAttempt(client: PoolClient, guildId: Snowflake) {
  const { rows } = await client.query<{ state: string; attempt: number; seconds_ago: number }>(LAST_RUN, [guildId])
  const last = rows[0]
  if (last?.state !== 'failed') return { attempt: 1, waitSeconds: 0 }
  const restSeconds = REST_SECONDS[Math.min(last.attempt, REST_SECONDS.length - 1)] ?? 0
  return { attempt: last.attempt + 1, waitSeconds: Math.max(0, restSeconds - last.seconds_ago) }
}

/**
 * A run that is done has seen everything up to its start. A guild that was marked since then stays dirty, from that mark on,
 * and may be claimed again at once. After any other end the guild rests before it is claimed, or those that always fail would
 * be all that is reconciled.
 */
const REPORT_RUN = `
with reported as (
  update sync_run set
    heartbeat_at = now(),
    state = coalesce($3, state),
    finished_at = case when $3::text is null then null else now() end,
    error = coalesce($4, error),
    ${COUNTS.map((column, index) => `${column} = $${index + 5}`).join(', ')}
  where guild_id = $1 and id = $2 and state = 'running'
  returning *
), reconciled as (
  update guild_sync set
    claimed_until = null,
    dirty_since = case when dirty_marked_at >= started_at then greatest(dirty_since, least(dirty_marked_at, started_at)) end,
    dirty_marked_at = case when dirty_marked_at >= started_at then dirty_marked_at end,
    dirty_reason = case when dirty_marked_at >= started_at then dirty_reason end
  from reported where guild_sync.guild_id = $1 and reported.state = 'done'
), rested as (
  update guild_sync set claimed_until = greatest(claimed_until, now() + make_interval(secs => case reported.state
    when 'failed' then (array[${REST_SECONDS.slice(1)}])[least(attempt, ${REST_SECONDS.length - 1})]
    else ${UNFINISHED_REST_SECONDS} end))
  from reported where guild_sync.guild_id = $1 and reported.state in ('failed', 'partial', 'held')
)
select ${COLUMNS} from reported`

/** Records progress or, with a state, the end. @throws 404 for no such run, 409 when it has ended already */
export async function reportSyncRun(
  pool: Pool,
  guildId: Snowflake,
  id: Snowflake,
  report: ReportSyncRun,
): Promise<SyncRun> {
  const counts = COUNTS.map((column) => report[column])
  const values = [guildId, id, report.state ?? null, report.error ?? null, ...counts]
  const { rows } = await pool.query<SyncRun>(REPORT_RUN, values)
  if (rows[0]) return rows[0]
  const run = await getSyncRun(pool, guildId, id)
  if (!run) throw notFound('unknown_sync_run', `Sync run ${id} of guild ${guildId}`)
  throw new ApiError(409, 'sync_run_ended', `Sync run ${id} has ended as ${run.state}. ${run.error ?? ''}`.trim())
}

export async function getSyncRun(pool: Pool, guildId: Snowflake, id: Snowflake): Promise<SyncRun | undefined> {
  const text = `select ${COLUMNS} from sync_run where guild_id = $1 and id = $2`
  return (await pool.query<SyncRun>(text, [guildId, id])).rows[0]
}

/** Newest first, at most `limit` of those before `before`. */
export async function listSyncRuns(
  pool: Pool,
  guildId: Snowflake,
  before: Snowflake | undefined,
  limit: number,
): Promise<SyncRun[]> {
  const text = `select ${COLUMNS} from sync_run
    where guild_id = $1 and ($2::bigint is null or id < $2) order by id desc limit $3`
  return (await pool.query<SyncRun>(text, [guildId, before ?? null, limit])).rows
}
