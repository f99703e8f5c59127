import { MAX_BOT_PAGE_SIZE } from '@rollcall/contract'
import type { UserFilter } from '../../db/bot/list-users.js'
import { ApiError } from '../../errors.js'
import { textFaults } from './fields/read-text.js'
import { InvalidDataError } from './invalid-data-error.js'

/** What stands behind the question mark; a name that is repeated has a list. */
export type Query = { readonly [name: string]: string | string[] | undefined }

const DEFAULT_PAGE_SIZE = 2_500
const MAX_FILTER_LENGTH = 1_000
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/** The last one counts. Nothing at all is as good as not named. */
function last(query: Query, name: string): string | undefined {
  const value = [query[name]].flat().at(-1)?.trim()
  return value === '' ? undefined : value
}

/**
 * What the users of a list must equal. There is no `username`: clients send it and mean nothing by it.
 *
 * @throws 400 with every parameter that cannot be looked for
 */
export function readUserFilter(query: Query): UserFilter {
  const faults: Record<string, string[]> = {}
  const text = (name: string) => {
    const value = last(query, name)
    const messages = value === undefined ? [] : textFaults(value, MAX_FILTER_LENGTH)
    if (messages.length > 0) faults[name] = messages
    return value
  }
  const name = text('name')
  const discriminator = last(query, 'discriminator')
  if (discriminator !== undefined && !NUMBER.test(discriminator)) faults.discriminator = ['Enter a number.']
  const displayName = text('display_name')
  if (Object.keys(faults).length > 0) throw new InvalidDataError(faults)
  return { name, display_name: displayName, discriminator: toDiscriminator(discriminator) }
}

/** A number that no discriminator can be finds nobody. */
function toDiscriminator(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  return Number.isInteger(value) && value >= 0 && value <= 9_999 ? value : -1
}

/** One numbered page of a list. */
export interface Page {
  /** Counted from 1. */
  readonly number: number
  readonly size: number
  /** How many pages there are: one at least, also of an empty list. */
  readonly pages: number
}

/** @throws 404 for a page that does not exist */
export function readPage(query: Query, count: number): Page {
  const size = readPageSize(last(query, 'page_size'))
  const pages = Math.max(1, Math.ceil(count / size))
  const text = last(query, 'page') ?? '1'
  const number = text === 'last' ? pages : Number(/^\+?\d+$/.test(text) ? text : Number.NaN)
  if (!(number >= 1 && number <= pages)) throw new ApiError(404, 'not_found', 'Invalid page.')
  return { number, size, pages }
}

/** What is no positive number counts as not named; what is too large, as the largest. */
function readPageSize(text: string | undefined): number {
  const size = text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : 0
  return size === 0 ? DEFAULT_PAGE_SIZE : Math.min(size, MAX_BOT_PAGE_SIZE)
}
