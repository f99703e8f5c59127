import { MAX_SNOWFLAKE } from '@rollcall/contract'
import { toWhole } from './read-integer.js'
import { kindOf, NOT_NULL, type Read, refused, taken } from './reading.js'

const MAX_TEXT_LENGTH = 1_000

/** The id of a row. Whether there is one, the database says. */
export const readReference: Read<bigint> = (value) => {
  if (value === null || value === '') return refused(NOT_NULL)
  const id = typeof value === 'string' && value.length > MAX_TEXT_LENGTH ? undefined : toWhole(value)
  if (id === undefined) return refused(`Incorrect type. Expected pk value, received ${kindOf(value)}.`)
  return id < 0n || id > MAX_SNOWFLAKE ? refused(noSuchRow(id)) : taken(id)
}

export const noSuchRow = (id: bigint) => `Invalid pk "${id}" - object does not exist.`
