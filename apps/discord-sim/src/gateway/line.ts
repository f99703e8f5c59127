import type { EncodedDispatch } from './dispatch.js'
import type { Session } from './session.js'
import type { Wire } from './wire.js'

/** A connection as sessions, faults and outages see it. */
export interface Line {
  readonly id: number
  readonly session: Session | undefined
  readonly wire: Wire
  /** False while the session's earlier events are sent again: what comes meanwhile waits in its log. */
  readonly isLive: boolean
  /** A dispatch that the session has numbered. */
  sendEvent(payload: string, event: EncodedDispatch): void
  /** Anything that has no number. */
  send(payload: { readonly op: number; readonly d?: unknown }): void
  close(code: number): void
  drop(reason: string): void
  /** Stays connected and says nothing any more. */
  hush(): void
  /** Op 9. @param resumable - whether the session lives on */
  invalidate(resumable: boolean): void
}
