import type { Snowflake } from '@rollcall/contract'
import { requireFewItems } from '../few-items.js'
import { checkRoles } from './check-roles.js'
import type { BotContext } from './context.js'
import { notAList } from './fields/read-list.js'
import { hasFaults, readObject, readObjects } from './fields/read-object.js'
import { REQUIRED } from './fields/reading.js'
import { InvalidDataError, invalidBody } from './invalid-data-error.js'
import { USER_FIELDS, type UserValues } from './user-fields.js'

type Required = readonly (keyof typeof USER_FIELDS)[]

/** One user. @throws 400 with every faulty field */
export async function readUser(
  context: BotContext,
  body: unknown,
  required: Required,
): Promise<{ user: UserValues; liveRoles: readonly Snowflake[] }> {
  const { readings, liveRoles } = await checkRoles(context, [readObject(USER_FIELDS, body, required)])
  const [reading] = readings
  if (!reading || hasFaults(reading)) throw new InvalidDataError(reading?.faults ?? {})
  return { user: reading.values, liveRoles }
}

/**
 * Up to 1,000 users, each with an id of its own.
 *
 * @throws 413 before any of them is looked at; 400 with an array as long as the list, `{}` for those without a fault
 */
export async function readUsers(
  context: BotContext,
  body: unknown,
  required: Required,
): Promise<{ users: readonly (UserValues & { id: Snowflake })[]; liveRoles: readonly Snowflake[] }> {
  requireFewItems(body, 'max_members_per_request')
  if (body === null) throw invalidBody('No data provided')
  if (!Array.isArray(body)) throw invalidBody(notAList(body))
  const { readings, liveRoles } = await checkRoles(context, readObjects(USER_FIELDS, body, required))
  if (readings.some(hasFaults)) throw new InvalidDataError(readings.map((it) => it.faults))
  const ids = new Set<Snowflake>()
  const users = readings.map(({ values }) => {
    const { id } = values
    if (id === undefined) throw new InvalidDataError({ id: [REQUIRED] })
    if (ids.has(id)) throw new InvalidDataError({ id: [`User with ID ${id} given multiple times.`] })
    ids.add(id)
    return { ...values, id }
  })
  return { users, liveRoles }
}
