import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ConflictError } from '../conflict-error.js'
import { colours, MAX_ROLES_PER_GUILD, newRole } from '../guild/seeded-roles.js'
import type { Simulator } from '../simulator.js'
import { guildOf, NotFoundError } from './not-found-error.js'

const RolePatch = z
  .strictObject({
    name: z.string().min(1).max(100),
    color: z.int().min(0).max(0xffffff),
    permissions: z.string().regex(/^\d{1,20}$/),
    position: z.int().min(0).max(10_000),
  })
  .partial()
const RoleParams = z.object({ role_id: z.string() })

/** The roles of one guild, as the truth, and changed without asking whether the bot may. */
export function controlRoleRoutes(app: FastifyInstance, simulator: Simulator): void {
  app.get('/guilds/:guild_id/roles', async (request) => [...guildOf(simulator, request.params).roles.values()])

  app.post('/guilds/:guild_id/roles', async (request, reply) => {
    const guild = guildOf(simulator, request.params)
    if (guild.roles.size >= MAX_ROLES_PER_GUILD)
      throw new ConflictError(`A guild has at most ${MAX_ROLES_PER_GUILD} roles`)
    const role = newRole({ id: simulator.snowflakes.next(), ...fields(RolePatch.parse(request.body ?? {})) })
    return reply.code(201).send(guild.putRole(role))
  })

  app.patch('/guilds/:guild_id/roles/:role_id', async (request) => {
    const guild = guildOf(simulator, request.params)
    const { role_id } = RoleParams.parse(request.params)
    const before = guild.roles.get(role_id)
    if (before === undefined) throw new NotFoundError(`No role ${role_id}`)
    return guild.putRole({ ...before, ...fields(RolePatch.parse(request.body)) })
  })

  app.delete('/guilds/:guild_id/roles/:role_id', async (request, reply) => {
    const { role_id } = RoleParams.parse(request.params)
    if (!guildOf(simulator, request.params).deleteRole(role_id)) throw new NotFoundError(`No role ${role_id} to delete`)
    return reply.code(204).send()
  })
}

function fields({ color, ...rest }: z.output<typeof RolePatch>) {
  const sent = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return color === undefined ? sent : { ...sent, ...colours(color) }
}
