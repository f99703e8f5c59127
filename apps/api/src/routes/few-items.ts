import { LIMITS, type LimitName } from '@rollcall/contract'
import { LimitExceededError } from '../errors.js'

/** @throws 413 that names the limit and the number sent; what is not a list is left to the schema */
export function requireFewItems(items: unknown, limit: LimitName): void {
  const { max } = LIMITS[limit]
  if (!Array.isArray(items) || items.length <= max) return
  throw new LimitExceededError('too_many_items', limit, max, items.length)
}
