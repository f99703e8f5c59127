import { endsSession } from './close-codes.js'

/** So many resumes in a row that come to nothing: the session is given up, once. */
export const MAX_FAILED_RESUMES = 3

/** So many connections in a row that never came about, some minutes: Discord will have forgotten the session by then. */
export const MAX_UNREACHED = 8

/** What was going on when the library let go of a session. */
export interface LetGo {
  /** We end the connection ourselves, and mean to resume. */
  readonly isOurs: boolean
  /** Discord's close code of this connection; undefined when Discord did not close it. */
  readonly closeCode: number | undefined
  /** Before Hello nothing can have been said about a session. */
  readonly hasHello: boolean
}

/**
 * The library lets go of a session whenever it connects anew, also after a connection that never came about. It is really
 * over only when Discord says so: by a close code, or by an Invalid Session, which comes without one.
 */
export function isSessionOver({ isOurs, closeCode, hasHello }: LetGo): boolean {
  if (isOurs) return false
  return closeCode === undefined ? hasHello : endsSession(closeCode)
}
