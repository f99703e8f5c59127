import { MAX_SNOWFLAKE, type Snowflake } from '@rollcall/contract'
import { ApiError } from '../../errors.js'
import { toWhole } from './fields/read-integer.js'

/** The id in a path. @throws 404 for what is no number, or none that an id can have */
export function readKey(text: string, model: 'User' | 'Role'): Snowflake {
  const id = toWhole(text)
  if (id === undefined) throw new ApiError(404, 'not_found', 'Not found.')
  if (id < 0n || id > MAX_SNOWFLAKE) throw noMatch(model)
  return id
}

export const noMatch = (model: 'User' | 'Role') =>
  new ApiError(404, model === 'User' ? 'unknown_member' : 'unknown_role', `No ${model} matches the given query.`)
