import { setTimeout as sleep } from 'node:timers/promises'
import { query } from '../rig/query.js'
import type { LiveSystem } from './live-system.js'

const POLL_MS = 200
/** The longest pause between two attempts to connect, and room for a busy machine. */
export const QUIET_LIMIT_MS = 150_000

interface ShardRow {
  readonly shard_id: number
  readonly state: string
  readonly session_id: string | null
  readonly sequence: string | null
}

const SHARDS = 'select shard_id, state, session_id, sequence from gateway_shard where shard_count = $1'
const UNDER_WAY = "select count(*)::int as open from sync_run where state = 'running'"
const DIRTY = 'select guild_id, dirty_reason from guild_sync where dirty_since is not null'
/**
 * A claim lasts minutes, and a guild whose run was not done rests for up to an hour: that passes at once. A claim that was
 * just made is left alone.
 */
const LET_TIME_PASS = `
update guild_sync set claimed_until = null
where (claimed_until < now() + interval '295 s' or claimed_until > now() + interval '301 s') and not exists (
  select from sync_run where sync_run.guild_id = guild_sync.guild_id and heartbeat_at > now() - interval '5 s');
update sync_run set started_at = started_at - interval '1 h', heartbeat_at = heartbeat_at - interval '1 h',
  finished_at = finished_at - interval '1 h'
where state = 'failed' and finished_at > now() - interval '5 min'
  or state = 'running' and heartbeat_at between now() - interval '5 min' and now() - interval '20 s'`

/**
 * What is not settled yet: every session has to be connected and its last event stored as the resume point; and where
 * reconciles mend, no run may be under way and no guild dirty.
 */
export async function unsettled(system: LiveSystem, options: { readonly isMending: boolean }): Promise<string[]> {
  const {
    databaseUrl,
    gateway,
    options: { shards: count },
  } = system
  const sessions = await gateway.sessions()
  const rows = await query<ShardRow>(databaseUrl, SHARDS, [count])
  const open = Array.from({ length: count }, (_, id) => {
    const row = rows.find((it) => it.shard_id === id)
    const session = sessions.find(
      (it) => it.shard[0] === id && it.shard[1] === count && it.session_id === row?.session_id,
    )
    if (row?.state !== 'ready') return `shard ${id} is ${row?.state ?? 'not known'}`
    if (session === undefined) return `shard ${id} has another session than its resume point`
    return Number(row.sequence) === session.seq ? '' : `shard ${id} is stored up to ${row.sequence} of ${session.seq}`
  })
  if (options.isMending) {
    const [runs] = await query<{ open: number }>(databaseUrl, UNDER_WAY)
    if (runs?.open !== 0) open.push(`${runs?.open} reconciles are under way`)
    open.push(...(await dirtyGuilds(system)))
  }
  return open.filter((it) => it !== '')
}

export async function dirtyGuilds({ databaseUrl }: LiveSystem): Promise<string[]> {
  const rows = await query<{ guild_id: string; dirty_reason: string }>(databaseUrl, DIRTY)
  return rows.map(({ guild_id, dirty_reason }) => `guild ${guild_id} is dirty: ${dirty_reason}`)
}

/** @throws OverdueError when it does not become quiet in time */
export async function untilQuiet(system: LiveSystem, options: { readonly isMending: boolean }): Promise<void> {
  await system.steps.take(
    'wait until every event is stored',
    async () => {
      while (system.deaths.length === 0) {
        if (options.isMending) await query(system.databaseUrl, LET_TIME_PASS)
        const open = await unsettled(system, options)
        if (open.length === 0) return
        await sleep(POLL_MS)
      }
    },
    QUIET_LIMIT_MS,
  )
}
