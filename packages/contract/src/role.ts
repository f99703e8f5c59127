import * as z from 'zod'
import { MAX_ROLES_PER_GUILD } from './limits.js'
import { MAX_SNOWFLAKE, SnowflakeInput, toSnowflake } from './snowflake.js'
import { Stamp } from './stamp.js'
import { text } from './text.js'

const MAX_INT32 = 2_147_483_647

/** What a role has in a request and in an answer. */
export const roleFields = {
  name: text(1, 100),
  colour: z.int().min(0).max(MAX_INT32),
  permissions: SnowflakeInput.describe(`A permission set, 0 to ${MAX_SNOWFLAKE}, as a string of digits`),
  position: z
    .int()
    .min(-MAX_INT32 - 1)
    .max(MAX_INT32),
  observed_at: Stamp,
}

/** `PUT /guilds/{guild_id}/roles/{role_id}`. */
export const PutRole = z
  .strictObject(roleFields)
  .transform((it) => ({ ...it, permissions: toSnowflake(it.permissions) }))
export type PutRole = z.output<typeof PutRole>

/** A role as the API answers it. `@everyone` is one of them; its id is the guild's. */
export const Role = z
  .object({ id: SnowflakeInput, ...roleFields })
  .transform((it) => ({ ...it, id: toSnowflake(it.id), permissions: toSnowflake(it.permissions) }))
  .meta({ id: 'Role' })
export type Role = z.output<typeof Role>

/** Every role of a guild that is not wholly deleted, ascending by id: never more than fit one answer. */
export const RoleList = z.object({ roles: z.array(Role).max(2 * MAX_ROLES_PER_GUILD) })

/** `verdict` of a role write: `stale` when a newer observation of the role, or its deletion, was there already. */
export const PutRoleResponse = z.object({ verdict: z.enum(['applied', 'unchanged', 'stale']), role: Role })
export type PutRoleResponse = z.output<typeof PutRoleResponse>

/** The answer of a role deletion: how many members the role was taken from by this request. */
export const DeleteRoleResponse = z.object({ members_changed: z.int().min(0) })
export type DeleteRoleResponse = z.output<typeof DeleteRoleResponse>
