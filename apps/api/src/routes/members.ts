import {
  ErrorBody,
  LIMITS,
  MAX_BULK_BODY_BYTES,
  MAX_MEMBERS_PER_REQUEST,
  Member,
  MemberPage,
  MembersDigest,
  PatchMembersRequest,
  PatchMembersResponse,
  SnowflakeParam,
  text,
} from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { digestMembers } from '../db/digest-members.js'
import { getMember } from '../db/get-member.js'
import { getGuild } from '../db/guilds.js'
import { listMembers } from '../db/list-members.js'
import { notFound } from '../errors.js'
import { applyPatches } from '../members/apply-patches.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { requireFewItems } from './few-items.js'
import { GuildParams, MemberParams, PageLimit } from './params.js'

const MemberQuery = z.strictObject({
  after: SnowflakeParam.optional(),
  limit: PageLimit,
  role: SnowflakeParam.optional(),
  name_prefix: text(1, 32).optional(),
  in_guild: z
    .enum(['true', 'false'])
    .transform((it) => it === 'true')
    .optional(),
})

/** `/guilds/{guild_id}/members`: keyset list, get, and the bulk patch. */
export const memberRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.get(
    '/guilds/:guild_id/members',
    {
      config: { scope: 'members:read' },
      schema: {
        tags: ['members'],
        description: 'Present and former members, ascending by id. `next_after` is the `after` of the next page.',
        params: GuildParams,
        querystring: MemberQuery,
        response: { ...FAULTS, 200: MemberPage },
      },
    },
    async ({ params: { guild_id }, query }, reply) => {
      const { members, json } = await listMembers(pool, guild_id, query)
      // An empty page of an unknown guild must not look like a guild without members.
      if (members === 0 && !(await getGuild(pool, guild_id))) {
        throw notFound('unknown_guild', `Guild ${guild_id}`)
      }
      reply.type('application/json; charset=utf-8')
      return reply.send(json as never)
    },
  )

  app.get(
    '/guilds/:guild_id/members/digest',
    {
      config: { scope: 'members:read' },
      schema: {
        tags: ['members'],
        description: `Of the present members with ids above \`after\` and up to \`through\`: who has a list of them learns whether it is the same, without reading it. ${LIMITS.max_digested_members.sentence}`,
        params: GuildParams,
        querystring: z.strictObject({ after: SnowflakeParam.optional(), through: SnowflakeParam }),
        response: { ...FAULTS, 200: MembersDigest },
      },
    },
    async ({ params: { guild_id }, query }) => {
      const { present, sha256 } = await digestMembers(pool, guild_id, query)
      if (present === 0 && !(await getGuild(pool, guild_id))) throw notFound('unknown_guild', `Guild ${guild_id}`)
      return { sha256 }
    },
  )

  app.get(
    '/guilds/:guild_id/members/:member_id',
    {
      config: { scope: 'members:read' },
      schema: { tags: ['members'], params: MemberParams, response: { ...FAULTS, 200: Member } },
    },
    async ({ params: { guild_id, member_id } }) => {
      const member = await getMember(pool, guild_id, member_id)
      if (!member) throw notFound('unknown_member', `Member ${member_id} of guild ${guild_id}`)
      return member
    },
  )

  app.patch(
    '/guilds/:guild_id/members',
    {
      bodyLimit: MAX_BULK_BODY_BYTES,
      config: { scope: 'members:write', bulk: true },
      // Before the schema looks at an item.
      preValidation: async ({ body }) =>
        requireFewItems((body as { members?: unknown } | undefined)?.members, 'max_members_per_request'),
      schema: {
        tags: ['members'],
        description: `Applies up to ${MAX_MEMBERS_PER_REQUEST} observed changes in one statement; every item gets a verdict, and a bad one does not fail the others. ${LIMITS.max_members_per_request.sentence} ${LIMITS.max_bulk_body_bytes.sentence}`,
        params: GuildParams,
        body: PatchMembersRequest,
        response: { ...FAULTS, 200: PatchMembersResponse, 413: ErrorBody },
      },
    },
    async ({ params: { guild_id }, body, log }) => {
      const stamps = body.members.map((it) => it.observed_at)
      requirePast(now(), [body.observed_at, ...stamps], (index) =>
        index === 0 ? 'observed_at' : `members[${index - 1}].observed_at`,
      )
      const response = await applyPatches(pool, guild_id, body)
      app.countItems(response.counts)
      log.info({ guild_id: `${guild_id}`, ...response.counts }, 'members patched')
      return response
    },
  )
}
