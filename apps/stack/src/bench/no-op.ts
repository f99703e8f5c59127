import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { readGuild } from './read-guild.js'
import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

const SESSIONS_TIMEOUT_MS = 15_000
const POLL_MS = 50

/**
 * A reconcile that finds nothing to do. What Postgres itself counted of writes to members and roles is read before and
 * after; a session hands its counts in when it ends, so the API is started anew for this and stopped after it. One that nobody
 * times goes first.
 */
export async function measureNoOp(stage: Stage) {
  const members = stage.memberIds.length
  const floor_noop = await secondsOf(async () => {
    requireEqual('Discord showed', await readGuild(stage.ground.simulator), members)
    requireEqual('Digested', await stage.floor.digest(), members)
  })
  await stage.stopApi()
  const before = await rowsWritten(stage.ground.postgres.url)
  await stage.startApi()
  // An API that serves a guild has served it before; a syncer has not.
  await stage.reconcile()
  const { measurement, run } = await stage.reconcile()
  requireEqual('The reconcile sent', run.total + run.roles_written + run.roles_deleted, 0)
  requireEqual('The API was sent', await itemsSent(stage.api.managementUrl), 0)
  await stage.stopApi()
  const noop_rows_written = (await rowsWritten(stage.ground.postgres.url)) - before
  await stage.startApi()
  return { floor_noop, noop: measurement.wallSeconds, noop_rows_written }
}

/** Rows of members and roles that were inserted, updated or deleted since the database was made. */
async function rowsWritten(url: string): Promise<number> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const { rows } = await client.query<{ sessions: number; written: number }>(
        `select (select count(*)::int from pg_stat_activity
                  where datname = current_database() and application_name = 'rollcall-api') as sessions,
                (select sum(n_tup_ins + n_tup_upd + n_tup_del)::int from pg_stat_user_tables
                  where relname in ('member', 'role')) as written`,
      )
      const [seen] = rows
      if (seen?.sessions === 0) return seen.written
      if (waitedMs >= SESSIONS_TIMEOUT_MS) throw new Error('The sessions of the API did not end')
      await delay(POLL_MS)
    }
  } finally {
    await client.end()
  }
}

/** Items of bulk requests, by the API's own count since its start. */
async function itemsSent(managementUrl: string): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text()
  const counts = [...text.matchAll(/^rollcall_bulk_items_total\{[^}]*\} (\d+)$/gm)].map(([, count]) => Number(count))
  return counts.reduce((sum, count) => sum + count, 0)
}
