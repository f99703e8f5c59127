import type { Snowflake } from '@rollcall/contract'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { deleteUser } from '../../db/bot/delete-user.js'
import { getUsers, getUserWithAlts, userExists } from '../../db/bot/get-user.js'
import { patchMember } from '../../db/patch-member.js'
import type { BotContext } from './context.js'
import { InvalidDataError } from './invalid-data-error.js'
import { readBody } from './read-body.js'
import { noMatch, readKey } from './read-key.js'
import { readUser } from './read-users.js'
import {
  BOT,
  BOT_FAULTS,
  BotUser,
  BotUserFields,
  BotUserParams,
  BotUserWithAlts,
  NewBotUser,
  NO_CONTENT,
} from './schemas.js'
import { sendJson } from './send-json.js'
import { REQUIRED_USER_FIELDS, type USER_FIELDS } from './user-fields.js'

interface UserRequest {
  Params: { user_id: string }
}

/** `/bot/users/{user_id}`: get, put, patch, delete. */
export const userRoutes: FastifyPluginAsync<BotContext> = async (app, context) => {
  const { pool, guildId } = context
  const schema = { ...BOT, params: BotUserParams }

  app.get<UserRequest>(
    '/users/:user_id',
    { config: { scope: 'members:read' }, schema: { ...schema, response: { ...BOT_FAULTS, 200: BotUserWithAlts } } },
    async ({ params }, reply) => {
      const json = await getUserWithAlts(pool, guildId, readKey(params.user_id, 'User'))
      if (json === undefined) throw noMatch('User')
      return sendJson(reply, json)
    },
  )

  const response = { ...BOT_FAULTS, 200: BotUser }
  app.put<UserRequest>(
    '/users/:user_id',
    {
      config: { scope: 'members:write' },
      schema: { ...schema, description: 'What is left out keeps its value.', body: NewBotUser, response },
    },
    async (request, reply) => sendJson(reply, await writeUser(context, request, REQUIRED_USER_FIELDS)),
  )
  app.patch<UserRequest>(
    '/users/:user_id',
    { config: { scope: 'members:write' }, schema: { ...schema, body: BotUserFields, response } },
    async (request, reply) => sendJson(reply, await writeUser(context, request, [])),
  )

  app.delete<UserRequest>(
    '/users/:user_id',
    {
      config: { scope: 'members:write' },
      schema: { ...schema, description: 'With its alternate accounts.', response: NO_CONTENT },
    },
    async ({ params }, reply) => {
      if (!(await deleteUser(pool, guildId, readKey(params.user_id, 'User')))) throw noMatch('User')
      return reply.code(204).send()
    },
  )
}

/** Writes the fields that are named, as observed now. @returns the complete user as JSON */
async function writeUser(
  context: BotContext,
  request: FastifyRequest<UserRequest>,
  required: readonly (keyof typeof USER_FIELDS)[],
): Promise<string> {
  const { pool, guildId } = context
  const id = readKey(request.params.user_id, 'User')
  if (!(await userExists(pool, guildId, id))) throw noMatch('User')
  const { user } = await readUser(context, readBody(request), required)
  requireSameId(id, user.id)
  const { id: _id, ...changes } = user
  if (Object.keys(changes).length > 0) {
    const outcome = await patchMember(pool, guildId, { ...changes, id, observed_at: null })
    if (!outcome) throw new Error('The guild is gone, or a role that was just found')
  }
  // None when the user was deleted in the meantime.
  const json = await getUsers(pool, guildId, [id])
  if (json === '') throw noMatch('User')
  return json
}

/** Who a user is never changes: another id would overwrite that user, and leave this one behind. */
function requireSameId(id: Snowflake, sent: Snowflake | undefined): void {
  if (sent !== undefined && sent !== id) throw new InvalidDataError({ id: ['This field cannot be updated.'] })
}
