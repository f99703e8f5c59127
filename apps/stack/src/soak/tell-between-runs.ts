import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { lookUpNames } from './look-up-names.js'
import { tellUsedBytes } from './used-bytes.js'

/** The wait for the next run is an hour; every other is shorter. */
const LONG_MS = 1_800_000
/** What a run leaves on its way out, such as a socket that closes. */
const SETTLE_MS = 50

/**
 * Loaded into the syncer before its program: when it would wait for its next run it asks for names that are new to it, tells
 * what is in use, and goes on as soon as it is asked by a signal. So one process makes hundreds of runs in a minute, and nothing of it is another program.
 */
const wait = timers.setTimeout
timers.setTimeout = async <T>(ms?: number, value?: T, options?: { signal?: AbortSignal | undefined }): Promise<T> => {
  if ((ms ?? 0) < LONG_MS) return wait(ms, value, options) as Promise<T>
  await wait(SETTLE_MS)
  await lookUpNames()
  const over = new AbortController()
  const end = () => over.abort()
  process.once('SIGWINCH', end)
  options?.signal?.addEventListener('abort', end)
  tellUsedBytes()
  await wait(ms, value, { signal: over.signal }).catch(() => {})
  process.off('SIGWINCH', end)
  options?.signal?.removeEventListener('abort', end)
  options?.signal?.throwIfAborted()
  return value as T
}
syncBuiltinESMExports()
