import { ErrorBody, ReportSyncRun, SnowflakeParam, StartSyncRun, SyncRun, SyncRunPage } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { getGuild } from '../db/guilds.js'
import { getSyncRun, listSyncRuns, MAX_RUNS, reportSyncRun, startSyncRun } from '../db/sync-runs.js'
import { notFound } from '../errors.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { GuildParams, PageLimit, SyncRunParams } from './params.js'

const SyncRunQuery = z.strictObject({ before: SnowflakeParam.optional(), limit: PageLimit })

/** `/guilds/{guild_id}/sync-runs`: the ledger of reconciles. */
export const syncRunRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool }) => {
  app.get(
    '/guilds/:guild_id/sync-runs',
    {
      config: { scope: 'sync-runs:read' },
      schema: {
        tags: ['sync runs'],
        description: `Newest first. \`next_before\` is the \`before\` of the next page. The last ${MAX_RUNS.toLocaleString('en')} runs of a guild are kept.`,
        params: GuildParams,
        querystring: SyncRunQuery,
        response: { ...FAULTS, 200: SyncRunPage },
      },
    },
    async ({ params: { guild_id }, query: { before, limit } }) => {
      const runs = await listSyncRuns(pool, guild_id, before, limit)
      if (runs.length === 0 && !(await getGuild(pool, guild_id))) throw notFound('unknown_guild', `Guild ${guild_id}`)
      return { sync_runs: runs, next_before: runs.length === limit ? (runs.at(-1)?.id ?? null) : null }
    },
  )

  app.get(
    '/guilds/:guild_id/sync-runs/:run_id',
    {
      config: { scope: 'sync-runs:read' },
      schema: { tags: ['sync runs'], params: SyncRunParams, response: { ...FAULTS, 200: SyncRun } },
    },
    async ({ params: { guild_id, run_id } }) => {
      const run = await getSyncRun(pool, guild_id, run_id)
      if (!run) throw notFound('unknown_sync_run', `Sync run ${run_id} of guild ${guild_id}`)
      return run
    },
  )

  app.post(
    '/guilds/:guild_id/sync-runs',
    {
      config: { scope: 'sync-runs:write' },
      schema: {
        tags: ['sync runs'],
        description:
          'Starts a run and ends as failed one that is still running. 409 with Retry-After while the guild rests after repeated failures.',
        params: GuildParams,
        body: StartSyncRun,
        response: { ...FAULTS, 201: SyncRun, 409: ErrorBody },
      },
    },
    async ({ params: { guild_id }, body, log }, reply) => {
      const run = await startSyncRun(pool, guild_id, body)
      log.info({ guild_id: `${guild_id}`, run_id: `${run.id}`, attempt: run.attempt }, 'sync run started')
      return reply.code(201).send(run)
    },
  )

  app.patch(
    '/guilds/:guild_id/sync-runs/:run_id',
    {
      config: { scope: 'sync-runs:write' },
      schema: {
        tags: ['sync runs'],
        description: 'Reports progress or, with a state, the end. 409 once the run has ended.',
        params: SyncRunParams,
        body: ReportSyncRun,
        response: { ...FAULTS, 200: SyncRun, 409: ErrorBody },
      },
    },
    async ({ params: { guild_id, run_id }, body }) => reportSyncRun(pool, guild_id, run_id, body),
  )
}
