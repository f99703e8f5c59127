import { AuditLogEvent, PermissionFlagsBits } from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import type { Simulator } from '../../simulator.js'
import { auditReason } from '../audit-reason.js'
import { findGuild, findMember, findRole, requirePermission } from '../find.js'
import { requireRoleWithinReach } from '../role-reach.js'

/** `PUT` gives one role and `DELETE` takes it; both are idempotent and answer 204. */
export function memberRoleRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.route({
    method: ['PUT', 'DELETE'],
    url: '/guilds/:guild_id/members/:user_id/roles/:role_id',
    handler: async (request, reply) => {
      const guild = findGuild(simulator, request.params)
      const member = findMember(guild, request.params)
      const role = findRole(guild, request.params)
      requirePermission(guild, PermissionFlagsBits.ManageRoles)
      requireRoleWithinReach(guild, role)
      const reason = auditReason(request)
      const gives = request.method === 'PUT'
      if (member.roles.includes(role.id) === gives) return reply.code(204).send()
      const others = member.roles.filter((id) => id !== role.id)
      const sticks = !request.faults.find('put_that_does_not_stick')
      if (sticks) guild.editMember(member.id, { roles: gives ? [...others, role.id] : others })
      const part = [{ id: role.id, name: role.name }]
      guild.audit({
        action_type: AuditLogEvent.MemberRoleUpdate,
        target_id: `${member.id}`,
        changes: [{ key: gives ? '$add' : '$remove', new_value: part }],
        reason,
      })
      return reply.code(204).send()
    },
  })
}
