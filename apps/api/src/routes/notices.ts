import { ClaimNoticeResponse, ReportNoticeRequest } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { claimNotice } from '../db/live/claim-notice.js'
import { reportNotice } from '../db/live/report-notice.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { NoticeParams } from './params.js'

/** `/notices`: what is to be told to the admins, once. */
export const noticeRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool }) => {
  app.post(
    '/notices/claims',
    {
      config: { scope: 'gateway:write' },
      schema: {
        tags: ['notices'],
        description: 'Takes everything that is due into one notice, given to this caller only and never again.',
        body: z.strictObject({}),
        response: { ...FAULTS, 200: ClaimNoticeResponse },
      },
    },
    async ({ log }) => {
      const notice = await claimNotice(pool, 'guild_first_seen')
      if (notice) log.info({ notice_id: `${notice.id}`, guilds: notice.guild_count }, 'notice claimed')
      return { notice }
    },
  )

  app.patch(
    '/notices/:notice_id',
    {
      config: { scope: 'gateway:write' },
      schema: {
        tags: ['notices'],
        description: 'What became of a notice: sent, or failed.',
        params: NoticeParams,
        body: ReportNoticeRequest,
        response: { ...FAULTS, 200: z.object({}) },
      },
    },
    async ({ params: { notice_id }, body, log }) => {
      await reportNotice(pool, notice_id, body)
      if (body.state === 'failed') log.warn({ notice_id: `${notice_id}` }, 'notice not sent')
      return {}
    },
  )
}
