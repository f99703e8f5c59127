import * as z from 'zod'
import { MAX_GUILDS_PER_REQUEST, MAX_ROLES_PER_GUILD } from '../limits.js'
import { roleFields } from '../role.js'
import { SnowflakeInput, toSnowflake } from '../snowflake.js'
import { Stamp } from '../stamp.js'
import { text } from '../text.js'

const { observed_at: _, ...fields } = roleFields

const SnapshotRole = z
  .strictObject({ id: SnowflakeInput, ...fields })
  .transform((it) => ({ ...it, id: toSnowflake(it.id), permissions: toSnowflake(it.permissions) }))

/**
 * A guild as a gateway event shows it. Its roles are created or replaced where the snapshot is newer; a role that it
 * lacks is left alone, because only a deletion event or a reconcile says that a role is gone.
 */
export const GuildSnapshot = z
  .strictObject({
    id: SnowflakeInput,
    name: text(1, 100),
    observed_at: Stamp,
    roles: z.array(SnapshotRole).max(MAX_ROLES_PER_GUILD),
  })
  .transform((it) => ({ ...it, id: toSnowflake(it.id) }))
  .meta({ id: 'GuildSnapshot' })
export type GuildSnapshot = z.output<typeof GuildSnapshot>

/** `PUT /guilds`: 1 to 250 guilds, each once, and each of their roles once. A guild that was not known is first seen now: one notice is due for it. */
export const PutGuildsRequest = z
  .strictObject({ guilds: z.array(GuildSnapshot).min(1).max(MAX_GUILDS_PER_REQUEST) })
  .superRefine(({ guilds }, context) => {
    const seen = new Set<bigint>()
    guilds.forEach(({ id, roles }, index) => {
      const once = new Set<bigint>()
      roles.forEach((role, place) => {
        if (once.has(role.id)) {
          const path = ['guilds', index, 'roles', place, 'id']
          context.addIssue({ code: 'custom', path, message: `Expected role ${role.id} only once` })
        }
        once.add(role.id)
      })
      if (seen.has(id)) {
        context.addIssue({ code: 'custom', path: ['guilds', index, 'id'], message: `Expected guild ${id} only once` })
      }
      seen.add(id)
    })
  })
export type PutGuildsRequest = z.output<typeof PutGuildsRequest>

/** One result for every guild, in the order of the request. `first_seen`: the row was created by this request. */
export const PutGuildsResponse = z.object({
  results: z.array(
    z
      .object({ id: SnowflakeInput, first_seen: z.boolean(), roles_written: z.int().min(0) })
      .transform((it) => ({ ...it, id: toSnowflake(it.id) })),
  ),
})
export type PutGuildsResponse = z.output<typeof PutGuildsResponse>
