import {
  ClaimReconcilesRequest,
  ClaimReconcilesResponse,
  ErrorBody,
  LIMITS,
  MAX_REPORT_BODY_BYTES,
  MarkSyncStatesRequest,
  SyncState,
} from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { claimReconciles } from '../db/live/claim-reconciles.js'
import { getSyncState } from '../db/live/get-sync-state.js'
import { markSyncStates } from '../db/live/mark-sync-states.js'
import { notFound } from '../errors.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { requireFewItems } from './few-items.js'
import { GuildParams } from './params.js'

/** How far behind the mirrors of guilds are, and which are to be reconciled. */
export const syncStateRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.get(
    '/guilds/:guild_id/sync-state',
    {
      config: { scope: 'sync-runs:read' },
      schema: { tags: ['sync states'], params: GuildParams, response: { ...FAULTS, 200: SyncState } },
    },
    async ({ params: { guild_id } }) => {
      const state = await getSyncState(pool, guild_id)
      if (!state) throw notFound('unknown_guild', `Guild ${guild_id}`)
      return state
    },
  )

  app.patch(
    '/guilds/sync-states',
    {
      bodyLimit: MAX_REPORT_BODY_BYTES,
      config: { scope: 'guilds:write', report: true },
      preValidation: async ({ body }) =>
        requireFewItems((body as { marks?: unknown } | undefined)?.marks, 'max_sync_states_per_request'),
      schema: {
        tags: ['sync states'],
        description: `Marks guilds as present, unavailable or left, and as dirty: due for a reconcile at once. ${LIMITS.max_sync_states_per_request.sentence} ${LIMITS.max_report_body_bytes.sentence}`,
        body: MarkSyncStatesRequest,
        response: { ...FAULTS, 200: z.object({}), 413: ErrorBody },
      },
    },
    async ({ body, log }) => {
      const stamps = body.marks.map((it) => it.observed_at)
      requirePast(now(), stamps, (index) => `marks[${index}].observed_at`)
      await markSyncStates(pool, body)
      const dirty = body.marks.filter((it) => it.dirty).length
      log.info({ guilds: body.marks.length, dirty }, 'guilds marked')
      return {}
    },
  )

  app.post(
    '/sync-runs/claims',
    {
      config: { scope: 'sync-runs:write' },
      schema: {
        tags: ['sync states'],
        description: 'Which guilds of these shards are to be reconciled now; each is given to one caller for a while.',
        body: ClaimReconcilesRequest,
        response: { ...FAULTS, 200: ClaimReconcilesResponse },
      },
    },
    async ({ body }) => claimReconciles(pool, body),
  )
}
