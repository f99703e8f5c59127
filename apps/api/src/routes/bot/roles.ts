import { LIMITS } from '@rollcall/contract'
import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type BotRoleValues, createRole, getRoleJson, listRolesJson, updateRole } from '../../db/bot/roles.js'
import { deleteRole } from '../../db/delete-role.js'
import { getRole, lockGuild, requireRoomForRole } from '../../db/roles.js'
import { inTransaction } from '../../db/transaction.js'
import type { BotContext } from './context.js'
import { readBody } from './read-body.js'
import { noMatch, readKey } from './read-key.js'
import { ALL_ROLE_FIELDS, type RoleField, readRole } from './read-role.js'
import { BOT, BOT_FAULTS, BotRole, BotRoleFields, BotRoleParams, NO_CONTENT } from './schemas.js'
import { sendJson } from './send-json.js'

interface RoleRequest {
  Params: { role_id: string }
}

/** `/bot/roles`: list, create, get, put, patch, and delete as one operation. */
export const roleRoutes: FastifyPluginAsync<BotContext> = async (app, context) => {
  const { pool, guildId } = context
  const read = { scope: 'roles:read' } as const
  const write = { scope: 'roles:write' } as const
  const response = { ...BOT_FAULTS, 200: BotRole }

  app.get(
    '/roles',
    {
      config: read,
      schema: { ...BOT, description: 'The highest first.', response: { ...BOT_FAULTS, 200: z.array(BotRole) } },
    },
    async (_request, reply) => sendJson(reply, await listRolesJson(pool, guildId)),
  )

  app.post(
    '/roles',
    {
      config: write,
      schema: {
        ...BOT,
        description: LIMITS.max_roles_per_guild.sentence,
        body: BotRole,
        response: { ...BOT_FAULTS, 201: BotRole },
      },
    },
    async (request, reply) => {
      const body = readBody(request)
      const json = await inTransaction(pool, async (client) => {
        await lockGuild(client, guildId)
        const role = await readRole(client, guildId, body, { required: ALL_ROLE_FIELDS })
        await requireRoomForRole(client, guildId)
        // Every field was required.
        return createRole(client, guildId, role as BotRoleValues)
      })
      return sendJson(reply.code(201), json)
    },
  )

  const url = '/roles/:role_id'
  const schema = { ...BOT, params: BotRoleParams }

  app.get<RoleRequest>(url, { config: read, schema: { ...schema, response } }, async ({ params }, reply) => {
    const json = await getRoleJson(pool, guildId, readKey(params.role_id, 'Role'))
    if (json === undefined) throw noMatch('Role')
    return sendJson(reply, json)
  })

  app.put<RoleRequest>(url, { config: write, schema: { ...schema, body: BotRole, response } }, async (request, reply) =>
    sendJson(reply, await writeRole(context, request, ALL_ROLE_FIELDS)),
  )

  app.patch<RoleRequest>(
    url,
    { config: write, schema: { ...schema, body: BotRoleFields, response } },
    async (request, reply) => sendJson(reply, await writeRole(context, request, [])),
  )

  app.delete<RoleRequest>(
    url,
    { config: write, schema: { ...schema, description: 'Takes the role from every user.', response: NO_CONTENT } },
    async ({ params, log }, reply) => {
      const id = readKey(params.role_id, 'Role')
      const membersChanged = await deleteRole(pool, guildId, id)
      if (membersChanged === undefined) throw noMatch('Role')
      log.info({ guild_id: `${guildId}`, role_id: `${id}`, members_changed: membersChanged }, 'role deleted')
      return reply.code(204).send()
    },
  )
}

/** Writes the fields that are named. Another id moves the role, and every user who has it. @returns the role as JSON */
async function writeRole(
  { pool, guildId }: BotContext,
  request: FastifyRequest<RoleRequest>,
  required: readonly RoleField[],
): Promise<string> {
  const own = readKey(request.params.role_id, 'Role')
  const { json, id } = await inTransaction(pool, async (client) => {
    await lockGuild(client, guildId)
    const stored = await getRole(client, guildId, own)
    if (!stored) throw noMatch('Role')
    const changes = await readRole(client, guildId, readBody(request), { required, own })
    const { id = own } = changes
    if (id === own) return { id, json: await updateRole(client, guildId, own, changes) }
    return { id, json: await createRole(client, guildId, { ...stored, ...changes }) }
  })
  // The users come with it: in bounded transactions, during which both are listed.
  if (id !== own) await deleteRole(pool, guildId, own, { replacement: id })
  return json
}
