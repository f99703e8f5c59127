import { follow } from './follow.js'

/** A signal that aborts when a piece of work has taken too long. */
export interface TimeLimit {
  readonly signal: AbortSignal
  /** To be called when the work is over: lets go of the timer, and of the caller's signal. */
  clear(): void
}

/**
 * Starts the clock for one piece of work.
 *
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])` would not do. It holds the timeout weakly, and one that was collected
 * as garbage never fires, so that a request without an answer would be waited for without end; a timer holds what it calls.
 * And the caller's signal would remember each work until it is collected itself: in a process that stays, never.
 *
 * @param signal - the caller's own, which ends the work earlier
 * @see https://github.com/nodejs/node/issues/57736
 */
export function limitTime(timeoutMs: number, signal?: AbortSignal): TimeLimit {
  const work = new AbortController()
  const timer = setTimeout(() => work.abort(new DOMException(`Over after ${timeoutMs} ms`, 'TimeoutError')), timeoutMs)
  const clear = follow(work, signal)
  return {
    signal: work.signal,
    clear: () => {
      clearTimeout(timer)
      clear()
    },
  }
}
