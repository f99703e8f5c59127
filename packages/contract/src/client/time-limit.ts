/** A signal that aborts when a piece of work has taken too long. */
export interface TimeLimit {
  readonly signal: AbortSignal
  /** To be called when the work is over: lets the timer go. */
  clear(): void
}

/**
 * Starts the clock for one piece of work.
 *
 * `AbortSignal.any([signal, AbortSignal.timeout(ms)])` would not do: it holds the timeout weakly, and one that was collected
 * as garbage never fires, so that a request without an answer would be waited for without end. A timer holds what it calls.
 *
 * @param signal - the caller's own, which ends the work earlier
 * @see https://github.com/nodejs/node/issues/57736
 */
export function limitTime(timeoutMs: number, signal?: AbortSignal): TimeLimit {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new DOMException(`Over after ${timeoutMs} ms`, 'TimeoutError')), timeoutMs)
  return {
    signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    clear: () => clearTimeout(timer),
  }
}
