import type { Snowflake } from '@rollcall/contract'
import type { PoolClient } from '../../db/pool.js'
import { getRole } from '../../db/roles.js'
import { readInteger, readNumber } from './fields/read-integer.js'
import { hasFaults, readObject, withFault } from './fields/read-object.js'
import { readText } from './fields/read-text.js'
import { InvalidDataError } from './invalid-data-error.js'

const MAX_INT32 = 2_147_483_647n

/** A role's fields in the order of the contract. */
const ROLE_FIELDS = {
  id: readInteger({ min: 0n }),
  name: readText({ maxLength: 100 }),
  colour: readNumber({ min: 0n, max: MAX_INT32 }),
  permissions: readInteger({ min: 0n }),
  position: readNumber({ min: -MAX_INT32 - 1n, max: MAX_INT32 }),
}

export type RoleField = keyof typeof ROLE_FIELDS
export const ALL_ROLE_FIELDS = Object.keys(ROLE_FIELDS) as RoleField[]

/**
 * @param own - the id of the role that is written, which may be sent again
 * @throws 400 with every field that is missing, faulty, or the id of another role
 */
export async function readRole(
  client: PoolClient,
  guildId: Snowflake,
  body: unknown,
  { required, own }: { readonly required: readonly RoleField[]; readonly own?: Snowflake },
) {
  let reading = readObject(ROLE_FIELDS, body, required)
  const { id } = reading.values
  if (id !== undefined && id !== own && (await getRole(client, guildId, id))) {
    reading = withFault(reading, ROLE_FIELDS, 'id', ['role with this ID already exists.'])
  }
  if (hasFaults(reading)) throw new InvalidDataError(reading.faults)
  return reading.values
}
