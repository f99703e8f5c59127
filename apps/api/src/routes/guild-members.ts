import {
  ErrorBody,
  LIMITS,
  MAX_BULK_BODY_BYTES,
  PatchGuildMembersRequest,
  PatchGuildMembersResponse,
} from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { applyGuildPatches } from '../members/apply-patches.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { requireFewItems } from './few-items.js'

/** `PATCH /members`: what events say of members of any guilds. */
export const guildMemberRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.patch(
    '/members',
    {
      bodyLimit: MAX_BULK_BODY_BYTES,
      config: { scope: 'members:write', bulk: true },
      preValidation: async ({ body }) =>
        requireFewItems((body as { members?: unknown } | undefined)?.members, 'max_members_per_request'),
      schema: {
        tags: ['members'],
        description: `Applies observed changes in any number of guilds in one statement; every item gets a verdict, and a bad one does not fail the others. ${LIMITS.max_members_per_request.sentence} ${LIMITS.max_bulk_body_bytes.sentence}`,
        body: PatchGuildMembersRequest,
        response: { ...FAULTS, 200: PatchGuildMembersResponse, 413: ErrorBody },
      },
    },
    async ({ body, log }) => {
      const stamps = body.members.map((it) => it.observed_at)
      requirePast(now(), stamps, (index) => `members[${index}].observed_at`)
      const response = await applyGuildPatches(pool, body)
      app.countItems(response.counts)
      log.info(response.counts, 'members of guilds patched')
      return response
    },
  )
}
