import { bySnowflake, MAX_ISSUES_TOLD, type Snowflake } from '@rollcall/contract'
import { liveRoles } from '../../db/bot/live-roles.js'
import type { BotContext } from './context.js'
import { withFault } from './fields/read-object.js'
import { USER_FIELDS, type UserReading } from './user-fields.js'

export interface CheckedUsers {
  /** As they were, and a user that names an unknown role has that fault, too. */
  readonly readings: readonly UserReading[]
  /** Every known role that is named, each once. */
  readonly liveRoles: readonly Snowflake[]
}

/** Looks for the roles that users name, with one query at most. A role that is being deleted is not known any more. */
export async function checkRoles(
  { pool, guildId }: BotContext,
  readings: readonly UserReading[],
): Promise<CheckedUsers> {
  const named = new Set(readings.flatMap(({ values }) => values.roles ?? []))
  if (named.size === 0) return { readings, liveRoles: [] }
  const live = await liveRoles(pool, guildId)
  return {
    readings: readings.map((reading) => {
      const unknown = new Set(reading.values.roles?.filter((id) => !live.has(id)))
      if (unknown.size === 0) return reading
      const told = [...unknown].sort(bySnowflake).slice(0, MAX_ISSUES_TOLD)
      return withFault(
        reading,
        USER_FIELDS,
        'roles',
        told.map((id) => `Role with ID ${id} does not exist`),
      )
    }),
    liveRoles: [...named].filter((id) => live.has(id)),
  }
}
