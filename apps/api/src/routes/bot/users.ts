import { Readable } from 'node:stream'
import { LIMITS, MAX_BULK_BODY_BYTES, MAX_PAGE_MEMBERS, type Snowflake } from '@rollcall/contract'
import type { FastifyPluginAsync } from 'fastify'
import { createUsers, type NewUser } from '../../db/bot/create-users.js'
import { countUsers, idBefore, listUsers, type UserFilter, type UserSlice } from '../../db/bot/list-users.js'
import type { BotContext } from './context.js'
import { InvalidDataError } from './invalid-data-error.js'
import { readBody } from './read-body.js'
import { readUser, readUsers } from './read-users.js'
import { BOT, BOT_FAULTS, BotUser, BotUserPage, BotUserQuery, NewBotUsers } from './schemas.js'
import { sendJson } from './send-json.js'
import { REQUIRED_USER_FIELDS, type UserValues } from './user-fields.js'
import { type Page, type Query, readPage, readUserFilter } from './user-list-query.js'

/** `/bot/users`: the list by page number, and the creation of one user or of up to 1,000. */
export const usersRoutes: FastifyPluginAsync<BotContext> = async (app, context) => {
  const { pool, guildId } = context

  app.get<{ Querystring: Query }>(
    '/users',
    {
      config: { scope: 'members:read' },
      schema: {
        ...BOT,
        description: `Users ascending by id, by page number. ${LIMITS.max_bot_page_size.sentence}`,
        querystring: BotUserQuery,
        response: { ...BOT_FAULTS, 200: BotUserPage },
      },
    },
    async ({ query }, reply) => {
      const filter = readUserFilter(query)
      const count = await countUsers(pool, guildId, filter)
      const page = readPage(query, count)
      const after = await idBefore(pool, guildId, filter, (page.number - 1) * page.size)
      // Read before the first byte is sent, so that a database that is away is a 503.
      const first = await slice(context, filter, after, page.size)
      return sendJson(reply, Readable.from(pageJson(context, filter, count, page, first)))
    },
  )

  app.post(
    '/users',
    {
      bodyLimit: MAX_BULK_BODY_BYTES,
      config: { scope: 'members:write', bulk: true },
      schema: {
        ...BOT,
        description: `Creates a user, or those of a list that are not known yet; a list is answered by an empty one. ${LIMITS.max_members_per_request.sentence}`,
        body: NewBotUsers,
        response: { ...BOT_FAULTS, 201: BotUser },
      },
    },
    async (request, reply) => {
      const body = readBody(request)
      reply.code(201)
      if (Array.isArray(body)) {
        const { users, liveRoles } = await readUsers(context, body, REQUIRED_USER_FIELDS)
        if (users.length > 0) await createUsers(pool, guildId, users.map(complete), liveRoles)
        app.countItems({ applied: users.length })
        return sendJson(reply, '[]')
      }
      const { user, liveRoles } = await readUser(context, body, REQUIRED_USER_FIELDS)
      const [created] = await createUsers(pool, guildId, [complete(user)], liveRoles)
      if (created === undefined) throw new InvalidDataError({ id: ['User with ID already present.'] })
      return sendJson(reply, created)
    },
  )
}

function slice({ pool, guildId }: BotContext, filter: UserFilter, after: Snowflake | undefined, limit: number) {
  if (after === undefined) return { json: '', count: 0, last: null }
  return listUsers(pool, guildId, filter, { after, limit: Math.min(limit, MAX_PAGE_MEMBERS) })
}

/** The page in pieces of up to 1,000 users, each read when the last one has gone out. */
async function* pageJson(context: BotContext, filter: UserFilter, count: number, page: Page, first: UserSlice) {
  const next = page.number < page.pages ? page.number + 1 : null
  const previous = page.number > 1 ? page.number - 1 : null
  yield `{"count":${count},"next_page_no":${next},"previous_page_no":${previous},"results":[${first.json}`
  let remaining = page.size - first.count
  let { last } = first
  while (remaining > 0 && last !== null) {
    const { json, count, last: lastId } = await slice(context, filter, last, remaining)
    if (count > 0) yield `,${json}`
    remaining -= count
    last = lastId
  }
  yield ']}'
}

/** With the defaults of what was left out. */
function complete({ id, name, display_name = '', discriminator, roles = [], in_guild = true }: UserValues): NewUser {
  if (id === undefined || name === undefined || discriminator === undefined) {
    throw new Error('A user was read without what it requires')
  }
  return { id, name, display_name, discriminator, roles, in_guild }
}
