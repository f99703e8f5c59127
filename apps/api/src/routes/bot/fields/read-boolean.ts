import { NOT_NULL, type Reading, refused, taken } from './reading.js'

const TRUE = new Set<unknown>([true, 1, 't', 'y', 'yes', 'true', 'on', '1'])
const FALSE = new Set<unknown>([false, 0, 'f', 'n', 'no', 'false', 'off', '0'])

/** True or false, also in the words of forms, in any capitalisation. */
export function readBoolean(value: unknown): Reading<boolean> {
  if (value === null) return refused(NOT_NULL)
  const word = typeof value === 'string' ? value.toLowerCase() : value
  if (TRUE.has(word)) return taken(true)
  return FALSE.has(word) ? taken(false) : refused('Must be a valid boolean.')
}
