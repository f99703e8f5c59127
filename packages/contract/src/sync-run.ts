import * as z from 'zod'
import { MAX_PAGE_MEMBERS } from './limits.js'
import { SnowflakeInput, toSnowflake } from './snowflake.js'
import { Stamp } from './stamp.js'
import { text } from './text.js'

/**
 * - `running`: under way; `heartbeat_at` says when it was last heard of
 * - `done`: everything found was confirmed
 * - `partial`: it ran to its end, but some changes failed
 * - `held`: departures were found and none was applied: a person has to look
 * - `failed`: it stopped before its end, or was abandoned
 */
export const SyncRunState = z.enum(['running', 'done', 'partial', 'held', 'failed'])
export type SyncRunState = z.output<typeof SyncRunState>

const count = z.int().min(0).max(2_147_483_647)

/**
 * Only what the API confirmed is counted as done: `done + stale + failed + remaining = total`, where `total` is the
 * number of changes found so far. `created + patched + departed` are what `done` consists of, less the unchanged.
 */
export const SyncRunCounts = z.object({
  members_expected: count.meta({ description: 'What Discord estimates as the number of members' }),
  members_read: count,
  total: count,
  done: count,
  stale: count,
  failed: count,
  remaining: count,
  created: count,
  patched: count,
  departed: count,
  roles_written: count,
  roles_deleted: count,
})
export type SyncRunCounts = z.output<typeof SyncRunCounts>

export const NO_COUNTS: Readonly<SyncRunCounts> = Object.freeze({
  members_expected: 0,
  members_read: 0,
  total: 0,
  done: 0,
  stale: 0,
  failed: 0,
  remaining: 0,
  created: 0,
  patched: 0,
  departed: 0,
  roles_written: 0,
  roles_deleted: 0,
})

export const SyncRun = z
  .object({
    id: SnowflakeInput,
    guild_id: SnowflakeInput,
    state: SyncRunState,
    attempt: count.meta({ description: '1 for a first attempt; one more for each failed run just before it' }),
    started_at: Stamp,
    heartbeat_at: Stamp,
    finished_at: z.nullable(Stamp),
    ...SyncRunCounts.shape,
    error: z.nullable(z.string()),
  })
  .transform((it) => ({ ...it, id: toSnowflake(it.id), guild_id: toSnowflake(it.guild_id) }))
  .meta({ id: 'SyncRun' })
export type SyncRun = z.output<typeof SyncRun>

/**
 * `POST /guilds/{guild_id}/sync-runs`. A run that is still `running` is ended as `failed`: its process is gone, or is told
 * so at its next report. After repeated failures the answer is 409 `sync_run_too_early`, unless `now` is set.
 */
export const StartSyncRun = z.strictObject({
  now: z.boolean().optional().meta({ description: 'Skip the wait that repeated failures have earned' }),
})
export type StartSyncRun = z.output<typeof StartSyncRun>

/** `PATCH /guilds/{guild_id}/sync-runs/{run_id}`: progress, or with a `state` the end. 409 once the run has ended. */
export const ReportSyncRun = z
  .strictObject({
    ...SyncRunCounts.shape,
    state: z.enum(['done', 'partial', 'held', 'failed']).optional(),
    error: z.nullable(text(1, 1_000)).optional(),
  })
  .refine((it) => it.done + it.stale + it.failed + it.remaining === it.total, {
    message: 'Expected done + stale + failed + remaining to be total',
    path: ['total'],
  })
  .refine((it) => it.state !== 'done' || (it.failed === 0 && it.remaining === 0), {
    message: 'Expected a done run to have nothing failed and nothing remaining',
    path: ['state'],
  })
export type ReportSyncRun = z.output<typeof ReportSyncRun>

/** Newest first; `before` is the id to go on from. */
export const SyncRunPage = z.object({
  sync_runs: z.array(SyncRun).max(MAX_PAGE_MEMBERS),
  next_before: z.nullable(SnowflakeInput),
})
