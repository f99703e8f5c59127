import {
  type APIRole,
  AuditLogEvent,
  PermissionFlagsBits,
  type RESTGetAPIGuildRoleMemberCountsResult,
  type RESTGetAPIGuildRoleResult,
  type RESTGetAPIGuildRolesResult,
  type RESTPatchAPIGuildRolePositionsResult,
  type RESTPatchAPIGuildRoleResult,
  type RESTPostAPIGuildRoleResult,
} from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Guild } from '../../guild/guild.js'
import { colours, MAX_ROLES_PER_GUILD, newRole } from '../../guild/seeded-roles.js'
import type { Simulator } from '../../simulator.js'
import { auditReason } from '../audit-reason.js'
import { discordErrors } from '../discord-error.js'
import { findGuild, findRole, requirePermission } from '../find.js'
import { parseForm, SnowflakeText } from '../parse-form.js'
import { countRoleMembers } from '../role-member-counts.js'
import { requireRoleWithinReach } from '../role-reach.js'

const rgb = z.int().min(0).max(0xffffff)
const RoleBody = z.object({
  name: z.string().min(1).max(100).nullish(),
  permissions: z
    .string()
    .regex(/^\d{1,20}$/, 'a permission set')
    .nullish(),
  color: rgb.nullish(),
  colors: z.object({ primary_color: rgb, secondary_color: rgb.nullish(), tertiary_color: rgb.nullish() }).nullish(),
  hoist: z.boolean().nullish(),
  mentionable: z.boolean().nullish(),
})
const PositionsBody = z
  .array(z.object({ id: SnowflakeText, position: z.int().min(0).nullish() }))
  .max(MAX_ROLES_PER_GUILD)

/** Everything about the roles of a guild. */
export function roleRoutes(scope: FastifyInstance, simulator: Simulator): void {
  const audit = (guild: Guild, action_type: AuditLogEvent, target_id: string, reason: string | undefined) =>
    guild.audit({ action_type, target_id, reason })

  scope.get('/guilds/:guild_id/roles', async (request): Promise<RESTGetAPIGuildRolesResult> => {
    const roles = [...findGuild(simulator, request.params).roles.values()]
    return roles.slice(0, Math.max(0, roles.length - (request.faults.find('roles_missing')?.count ?? 0)))
  })

  scope.get(
    '/guilds/:guild_id/roles/member-counts',
    async (request): Promise<RESTGetAPIGuildRoleMemberCountsResult> => {
      return await countRoleMembers(findGuild(simulator, request.params))
    },
  )

  scope.get('/guilds/:guild_id/roles/:role_id', async (request): Promise<RESTGetAPIGuildRoleResult> => {
    return findRole(findGuild(simulator, request.params), request.params)
  })

  scope.post('/guilds/:guild_id/roles', async (request): Promise<RESTPostAPIGuildRoleResult> => {
    const guild = findGuild(simulator, request.params)
    requirePermission(guild, PermissionFlagsBits.ManageRoles)
    const reason = auditReason(request)
    const body = parseForm(RoleBody, request.body ?? {})
    if (guild.roles.size >= MAX_ROLES_PER_GUILD) throw discordErrors.tooManyRoles(MAX_ROLES_PER_GUILD)
    const role = guild.putRole(newRole({ id: simulator.snowflakes.next(), ...toRole(body) }))
    audit(guild, AuditLogEvent.RoleCreate, role.id, reason)
    return role
  })

  scope.patch('/guilds/:guild_id/roles/:role_id', async (request): Promise<RESTPatchAPIGuildRoleResult> => {
    const guild = findGuild(simulator, request.params)
    const before = findRole(guild, request.params)
    requirePermission(guild, PermissionFlagsBits.ManageRoles)
    const reason = auditReason(request)
    if (!guild.isBelowBot(before)) throw discordErrors.missingPermissions()
    const role = guild.putRole({ ...before, ...toRole(parseForm(RoleBody, request.body ?? {})) })
    audit(guild, AuditLogEvent.RoleUpdate, role.id, reason)
    return role
  })

  scope.delete('/guilds/:guild_id/roles/:role_id', async (request, reply) => {
    const guild = findGuild(simulator, request.params)
    const role = findRole(guild, request.params)
    requirePermission(guild, PermissionFlagsBits.ManageRoles)
    const reason = auditReason(request)
    if (role.id === guild.id || role.managed) throw discordErrors.invalidRole()
    requireRoleWithinReach(guild, role)
    guild.deleteRole(role.id)
    audit(guild, AuditLogEvent.RoleDelete, role.id, reason)
    return reply.code(204).send()
  })

  scope.patch('/guilds/:guild_id/roles', async (request): Promise<RESTPatchAPIGuildRolePositionsResult> => {
    const guild = findGuild(simulator, request.params)
    requirePermission(guild, PermissionFlagsBits.ManageRoles)
    const moves = parseForm(PositionsBody, request.body).map(({ id, position }) => {
      const role = guild.roles.get(id)
      if (role === undefined) throw discordErrors.unknownRole()
      const moved: APIRole = { ...role, position: position ?? role.position }
      if (id === guild.id || !guild.isBelowBot(role) || !guild.isBelowBot(moved))
        throw discordErrors.missingPermissions()
      return moved
    })
    for (const role of moves) guild.putRole(role)
    return [...guild.roles.values()]
  })
}

/** The fields that were sent; null counts as not sent. */
function toRole({ color, colors, ...body }: z.output<typeof RoleBody>): Partial<APIRole> {
  const sent: Partial<APIRole> = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== null && value !== undefined),
  )
  if (colors) {
    const { primary_color, secondary_color = null, tertiary_color = null } = colors
    return { ...sent, color: primary_color, colors: { primary_color, secondary_color, tertiary_color } }
  }
  return typeof color === 'number' ? { ...sent, ...colours(color) } : sent
}
