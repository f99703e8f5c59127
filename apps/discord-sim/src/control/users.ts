import { GatewayDispatchEvents } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Gateway } from '../gateway/gateway.js'
import type { Simulator } from '../simulator.js'
import { NotFoundError } from './not-found-error.js'

const UserPatch = z
  .strictObject({ username: z.string().min(1).max(64), global_name: z.string().min(1).max(64).nullable() })
  .partial()

/**
 * `PATCH /control/users/:user_id`: somebody renames themselves, in every guild that they are in and with one update for
 * each; stubs only count once something in them has changed. Of the bot itself, USER_UPDATE tells too.
 */
export function controlUserRoutes(app: FastifyInstance, simulator: Simulator, { publisher }: Gateway): void {
  app.patch('/users/:user_id', async (request) => {
    const { user_id } = z.object({ user_id: z.string().regex(/^\d{17,19}$/) }).parse(request.params)
    const patch = UserPatch.parse(request.body)
    const sent = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
    const id = BigInt(user_id)
    if (id === simulator.bot.id) {
      Object.assign(simulator.bot, sent)
      publisher.publish({ t: GatewayDispatchEvents.UserUpdate, d: simulator.botUser }, { user_id })
    }
    const guilds = [...simulator.guilds.values(), ...simulator.stubs.changed].filter((it) => it.members.has(id))
    if (guilds.length === 0) throw new NotFoundError(`No user ${user_id} in any guild`)
    for (const guild of guilds) guild.editMember(id, sent)
    return { user_id, guilds: guilds.length }
  })
}
