import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { ConflictError } from '../conflict-error.js'
import { BulkEdit } from '../guild/bulk-edit.js'
import type { Guild } from '../guild/guild.js'
import { MAX_ROLES_PER_GUILD, MIN_SEEDED_ROLES } from '../guild/seeded-roles.js'
import { guildIdOf, type Simulator } from '../simulator.js'
import { guildOf } from './not-found-error.js'

export const MAX_SEEDED_MEMBERS = 20_000_000

const NewGuild = z.strictObject({
  members: z.int().min(0).max(MAX_SEEDED_MEMBERS),
  seed: z.int().min(0).max(0xffff_ffff),
  roles: z.int().min(MIN_SEEDED_ROLES).max(MAX_ROLES_PER_GUILD).default(MAX_ROLES_PER_GUILD),
  guild_id: z
    .string()
    .regex(/^\d{17,19}$/, 'Expected 17 to 19 digits')
    .optional(),
})

/** Guilds as wholes, and edits of many of their members at once. */
export function controlGuildRoutes(app: FastifyInstance, simulator: Simulator): void {
  app.post('/guilds', async (request, reply) => {
    const { guild_id, ...rest } = NewGuild.parse(request.body)
    const guild = simulator.addGuild({ ...rest, id: guild_id ?? guildIdOf(rest.seed) })
    return reply.code(201).send(told(guild))
  })

  app.get('/guilds/:guild_id', async (request) => told(guildOf(simulator, request.params)))

  app.patch('/guilds/:guild_id', async (request) => {
    const guild = guildOf(simulator, request.params)
    guild.rename(z.strictObject({ name: z.string().min(1).max(100) }).parse(request.body).name)
    return told(guild)
  })

  app.post('/guilds/:guild_id/bulk-edits', async (request) => {
    const guild = guildOf(simulator, request.params)
    const edit = BulkEdit.parse(request.body)
    requireKnownRoles(guild, edit)
    return { members_touched: guild.bulkEdit(edit) }
  })
}

function told(guild: Guild) {
  return {
    id: guild.id,
    name: guild.name,
    members: guild.members.count,
    roles: guild.roles.size,
    members_role_id: guild.seeded.membersId,
  }
}

/** A rule may only speak of roles that there are, because a role that comes later must not be given by it. */
function requireKnownRoles(guild: Guild, edit: BulkEdit): void {
  const named = [
    edit.kind === 'rotate-roles' ? [] : edit.role_id,
    edit.kind === 'swap-roles' ? edit.for_role_id : [],
  ].flat()
  const unknown = named.filter((id) => !guild.roles.has(id) || id === guild.id)
  if (unknown.length > 0) throw new ConflictError(`No member can have the role ${unknown.join(', ')}`)
  if (edit.kind === 'rotate-roles' && guild.assignableRoles().length === 0)
    throw new ConflictError('There is no role to rotate')
}
