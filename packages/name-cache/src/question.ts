import { ADDRCONFIG, ALL, getDefaultResultOrder, type LookupAddress, V4MAPPED } from 'node:dns'
import { isIP } from 'node:net'

/** All that the answer of `dns.lookup` depends on. */
export interface Question {
  readonly hostname: string
  readonly family: 0 | 4 | 6
  /** `dns.ADDRCONFIG`, `dns.V4MAPPED` and `dns.ALL`, added. */
  readonly hints: number
  readonly order: 'ipv4first' | 'ipv6first' | 'verbatim'
}

/** What `dns.lookup` tells its caller; with `all`, a list stands in the place of the address. */
export type LookupCallback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void

/** A call of `dns.lookup` that a remembered answer can serve. */
export interface CacheableCall {
  readonly question: Question
  readonly all: boolean
  readonly callback: LookupCallback
}

/** The longest name that DNS has, with the dot at its end. */
const MAX_NAME_LENGTH = 254

const FAMILIES = new Map<unknown, Question['family']>([
  [0, 0],
  [4, 4],
  [6, 6],
  ['IPv4', 4],
  ['IPv6', 6],
])
const ORDERS = ['ipv4first', 'ipv6first', 'verbatim'] as const
const ALL_HINTS = ADDRCONFIG | V4MAPPED | ALL

/**
 * Reads the arguments of a call of `dns.lookup`. Whatever needs no resolver (an address, `localhost`) and whatever is
 * not exactly as documented is left to Node, which answers or throws as ever.
 *
 * @returns undefined for a call that is Node's own
 * @see https://nodejs.org/docs/latest-v20.x/api/dns.html#dnslookuphostname-options-callback
 */
export function readCall(args: readonly unknown[]): CacheableCall | undefined {
  const [hostname, given, last] = args
  const callback = typeof given === 'function' ? given : last
  if (typeof callback !== 'function' || !isName(hostname)) return undefined
  const options = typeof given === 'function' ? {} : typeof given === 'number' ? { family: given } : (given ?? {})
  if (typeof options !== 'object') return undefined
  const { family: givenFamily, hints, all, verbatim, order: givenOrder } = options as { [name: string]: unknown }
  const family = FAMILIES.get(givenFamily ?? 0)
  const order = orderOf(givenOrder ?? undefined, verbatim ?? undefined)
  if (family === undefined || order === undefined || !isHints(hints ?? 0) || !isBoolean(all ?? false)) return undefined
  const question = { hostname, family, hints: Number(hints ?? 0), order }
  return { question, all: all === true, callback: callback as LookupCallback }
}

/** Questions with one key have one answer. */
export function keyOf({ hostname, family, hints, order }: Question): string {
  return `${hostname} ${family} ${hints} ${order}`
}

function isName(hostname: unknown): hostname is string {
  if (typeof hostname !== 'string' || hostname === '' || hostname.length > MAX_NAME_LENGTH) return false
  return hostname !== 'localhost' && isIP(hostname) === 0
}

/** `order` counts before `verbatim`, which is its older form. */
function orderOf(order: unknown, verbatim: unknown): Question['order'] | undefined {
  if (verbatim !== undefined && !isBoolean(verbatim)) return undefined
  if (order !== undefined) return ORDERS.find((it) => it === order)
  if (verbatim !== undefined) return verbatim ? 'verbatim' : 'ipv4first'
  return ORDERS.find((it) => it === getDefaultResultOrder())
}

const isHints = (hints: unknown) => typeof hints === 'number' && (hints | ALL_HINTS) === ALL_HINTS

const isBoolean = (value: unknown) => typeof value === 'boolean'
