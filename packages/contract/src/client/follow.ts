/**
 * Aborts `controller` when `signal` aborts, for the same reason. Unlike `AbortSignal.any`, which a signal that stays remembers
 * for ever, it can be ended: a syncer that stays would hold a little more after each request.
 *
 * @returns ends it; until then `signal` holds `controller`
 */
export function follow(controller: AbortController, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => {}
  const abort = () => controller.abort(signal.reason)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}
