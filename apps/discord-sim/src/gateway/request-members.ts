import type { Connection } from './connection.js'
import type { RequestMembers } from './payloads.js'
import type { Session } from './session.js'

/** Op 8: the members of a guild in chunks. */
export function requestMembers(_connection: Connection, _session: Session, _asked: RequestMembers): void {}
