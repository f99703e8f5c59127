import { ApiResponseError } from '@rollcall/contract'
import type { Pending } from '../core/step.js'

/** What waits for the answer of a request: something of one guild. */
export interface Entry<T extends Pending = Pending> {
  readonly guildId: string
  readonly shardId: number
  readonly item: T
}

/**
 * What became of it: `stored`; `rejected`, so that the guild is dirty; `unknown_member`, about whom Discord has to be asked.
 */
export interface Settled {
  readonly entry: Entry
  readonly outcome: 'stored' | 'rejected' | 'unknown_member'
  /** Why its request was found faulty. */
  readonly error?: unknown
}

/** The request is wrong as it is, or names what does not exist: sending it again would not help. */
export const isFaulty = (error: unknown): boolean =>
  error instanceof ApiResponseError &&
  ([400, 413, 422].includes(error.status) || (error.status === 404 && error.body?.code.startsWith('unknown_') === true))

/**
 * Sends entries in one request; one that the API finds faulty is halved, down to the entry at fault, which is rejected. One
 * bad item so never sinks the others.
 */
export async function sendHalving<T extends Pending>(
  entries: readonly Entry<T>[],
  send: (entries: readonly Entry<T>[]) => Promise<Settled[]>,
): Promise<Settled[]> {
  try {
    return await send(entries)
  } catch (error) {
    if (!isFaulty(error)) throw error
    if (entries.length === 1) return entries.map((entry) => ({ entry, outcome: 'rejected', error }))
    const middle = Math.ceil(entries.length / 2)
    const left = await sendHalving(entries.slice(0, middle), send)
    return [...left, ...(await sendHalving(entries.slice(middle), send))]
  }
}

export const stored = (entries: readonly Entry[]): Settled[] => entries.map((entry) => ({ entry, outcome: 'stored' }))
