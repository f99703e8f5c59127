import { DeleteRoleResponse, PutRole, PutRoleResponse, Role, RoleList } from '@rollcall/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { deleteRole } from '../db/delete-role.js'
import { getGuild } from '../db/guilds.js'
import { knownRoles } from '../db/known-roles.js'
import { getRole, listRoles, putRole } from '../db/roles.js'
import { notFound } from '../errors.js'
import { requirePast } from '../observed.js'
import { FAULTS } from './answers.js'
import type { RouteContext } from './context.js'
import { GuildParams, RoleParams } from './params.js'

/** `/guilds/{guild_id}/roles`: list, get, put, and delete as one operation. */
export const roleRoutes: FastifyPluginAsyncZod<RouteContext> = async (app, { pool, now }) => {
  app.get(
    '/guilds/:guild_id/roles',
    {
      config: { scope: 'roles:read' },
      schema: { tags: ['roles'], params: GuildParams, response: { ...FAULTS, 200: RoleList } },
    },
    async ({ params: { guild_id } }) => {
      const roles = await listRoles(pool, guild_id)
      if (roles.length === 0 && !(await getGuild(pool, guild_id))) throw notFound('unknown_guild', `Guild ${guild_id}`)
      return { roles }
    },
  )

  app.get(
    '/guilds/:guild_id/roles/:role_id',
    {
      config: { scope: 'roles:read' },
      schema: { tags: ['roles'], params: RoleParams, response: { ...FAULTS, 200: Role } },
    },
    async ({ params: { guild_id, role_id } }) => {
      const role = await getRole(pool, guild_id, role_id)
      if (!role) throw notFound('unknown_role', `Role ${role_id} of guild ${guild_id}`)
      return role
    },
  )

  app.put(
    '/guilds/:guild_id/roles/:role_id',
    {
      config: { scope: 'roles:write' },
      schema: {
        tags: ['roles'],
        description: 'Creates or replaces, unless a newer observation or a deletion is stored.',
        params: RoleParams,
        body: PutRole,
        response: { ...FAULTS, 200: PutRoleResponse },
      },
    },
    async ({ params: { guild_id, role_id }, body }) => {
      requirePast(now(), [body.observed_at])
      return putRole(pool, guild_id, role_id, body)
    },
  )

  app.delete(
    '/guilds/:guild_id/roles/:role_id',
    {
      config: { scope: 'roles:write' },
      schema: {
        tags: ['roles'],
        description: 'Takes the role from every member, in bounded transactions, and deletes it. Safe to repeat.',
        params: RoleParams,
        response: { ...FAULTS, 200: DeleteRoleResponse },
      },
    },
    async ({ params: { guild_id, role_id }, log }) => {
      const membersChanged = await deleteRole(pool, guild_id, role_id)
      if (membersChanged === undefined) {
        // A deletion that is told again, as after a resume, has nothing left to do; a role that never was may still come.
        const known = await knownRoles(pool, guild_id, [role_id])
        if (known?.deleted.has(role_id)) return { members_changed: 0 }
        throw notFound('unknown_role', `Role ${role_id} of guild ${guild_id}`)
      }
      log.info({ guild_id: `${guild_id}`, role_id: `${role_id}`, members_changed: membersChanged }, 'role deleted')
      return { members_changed: membersChanged }
    },
  )
}
