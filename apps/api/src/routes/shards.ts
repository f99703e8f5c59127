import {
  ClaimShardsRequest,
  ClaimShardsResponse,
  ErrorBody,
  LIMITS,
  MAX_PAGE_MEMBERS,
  MAX_REPORT_BODY_BYTES,
  ReleaseShardsRequest,
  ReleaseShardsResponse,
  ShardHeartbeatRequest,
  ShardHeartbeatResponse,
  ShardPage,
} from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { claimShards } from '../db/live/claim-shards.js'
import { listShards } from '../db/live/list-shards.js'
import { releaseShards } from '../db/live/release-shards.js'
import { reportShards } from '../db/live/report-shards.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { requireFewItems } from './few-items.js'
import { BotParams, PageLimit, shardNumber } from './params.js'

const ShardQuery = z.strictObject({
  shard_count: shardNumber(1).optional(),
  after: shardNumber(0).optional(),
  limit: PageLimit,
})

/** `/gateway/{bot_id}/shards`: who holds which shard, and from where it goes on. */
export const shardRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  const tags = ['gateway']
  const response = { ...FAULTS, 413: ErrorBody }
  const report = { bodyLimit: MAX_REPORT_BODY_BYTES, config: { scope: 'gateway:write', report: true } } as const
  const preValidation = async ({ body }: { body: unknown }) =>
    requireFewItems((body as { shards?: unknown } | undefined)?.shards, 'max_shards_per_process')

  app.get(
    '/gateway/:bot_id/shards',
    {
      config: { scope: 'gateway:read' },
      schema: {
        tags,
        description: `Of the number of shards in use, unless \`shard_count\` names another. At most ${MAX_PAGE_MEMBERS}.`,
        params: BotParams,
        querystring: ShardQuery,
        response: { ...FAULTS, 200: ShardPage },
      },
    },
    async ({ params: { bot_id }, query: { shard_count: shardCount, after, limit } }) => {
      const shards = await listShards(pool, bot_id, { shardCount, after, limit })
      return { shards, next_after: shards.length === limit ? (shards.at(-1)?.shard_id ?? null) : null }
    },
  )

  app.post(
    '/gateway/:bot_id/shards/claims',
    {
      config: { scope: 'gateway:write' },
      schema: {
        tags,
        description: `Leases shards, preferred ones first, until the instance holds \`max\`. ${LIMITS.max_shards_per_process.sentence}`,
        params: BotParams,
        body: ClaimShardsRequest,
        response: { ...response, 200: ClaimShardsResponse },
      },
    },
    async ({ params: { bot_id }, body, log }) => {
      const claimed = await claimShards(pool, bot_id, body)
      log.info({ bot_id: `${bot_id}`, holder: body.holder, shards: claimed.shards.length }, 'shards claimed')
      return claimed
    },
  )

  app.post(
    '/gateway/:bot_id/shards/heartbeats',
    {
      ...report,
      preValidation,
      schema: {
        tags,
        description: `Extends leases and stores resume points, in one statement. ${LIMITS.max_report_body_bytes.sentence}`,
        params: BotParams,
        body: ShardHeartbeatRequest,
        response: { ...response, 200: ShardHeartbeatResponse },
      },
    },
    async ({ params: { bot_id }, body }) => {
      const stamps = body.shards.map((it) => it.last_event_at)
      requirePast(now(), stamps, (index) => `shards[${index}].last_event_at`)
      return reportShards(pool, bot_id, body)
    },
  )

  app.post(
    '/gateway/:bot_id/shards/releases',
    {
      ...report,
      preValidation,
      schema: {
        tags,
        description: `Gives shards back, with their resume points. ${LIMITS.max_report_body_bytes.sentence}`,
        params: BotParams,
        body: ReleaseShardsRequest,
        response: { ...response, 200: ReleaseShardsResponse },
      },
    },
    async ({ params: { bot_id }, body, log }) => {
      const released = await releaseShards(pool, bot_id, body)
      log.info({ bot_id: `${bot_id}`, shards: released.length }, 'shards released')
      return { released }
    },
  )
}
