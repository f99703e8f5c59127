import { LIMITS, MAX_BULK_BODY_BYTES } from '@rollcall/contract'
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { patchUsers } from '../../db/bot/patch-users.js'
import { ApiError } from '../../errors.js'
import type { BotContext } from './context.js'
import { invalidBody } from './invalid-data-error.js'
import { readBody } from './read-body.js'
import { readUsers } from './read-users.js'
import { BOT, BOT_FAULTS, BotUser, BulkPatchUsers } from './schemas.js'
import { sendJson } from './send-json.js'

/** `PATCH /bot/users/bulk_patch`: up to 1,000 users, all or none. Only the fields that an item names change. */
export const bulkPatchRoute: FastifyPluginAsync<BotContext> = async (app, context) => {
  const { pool, guildId } = context

  app.patch(
    '/users/bulk_patch',
    {
      bodyLimit: MAX_BULK_BODY_BYTES,
      config: { scope: 'members:write', bulk: true },
      schema: {
        ...BOT,
        description: `Patches users, all or none, and answers them complete in the order of the request. ${LIMITS.max_members_per_request.sentence} ${LIMITS.max_bulk_body_bytes.sentence}`,
        body: BulkPatchUsers,
        response: { ...BOT_FAULTS, 200: z.array(BotUser) },
      },
    },
    async (request, reply) => {
      const { users, liveRoles } = await readUsers(context, readBody(request), [])
      if (users.length === 0) return sendJson(reply, '[]')
      const items = users.filter((user) => Object.keys(user).length > 1).map((user) => ({ ...user, observed_at: null }))
      const patched = await patchUsers(pool, guildId, { ids: users.map((it) => it.id), items, liveRoles })
      if ('missing' in patched) throw new ApiError(404, 'unknown_member', `User with id ${patched.missing} not found.`)
      if (items.length === 0) throw invalidBody('Insufficient data provided.')
      app.countItems({ applied: users.length })
      request.log.info({ users: users.length }, 'users patched')
      return sendJson(reply, `[${patched.json}]`)
    },
  )
}
