import type { APIAuditLogChange, APIAuditLogEntry, AuditLogEvent } from 'discord-api-types/v10'
import { Ring } from '../ring.js'

const MAX_AUDIT_LOG_ENTRIES = 1_000

/** What an acting route tells of itself. */
export interface AuditedAction {
  readonly action_type: AuditLogEvent
  readonly target_id: string
  readonly reason: string | undefined
  readonly changes?: APIAuditLogChange[]
}

/** Who changed what and why: the newest entries of one guild. */
export class AuditLog {
  readonly #entries = new Ring<APIAuditLogEntry>(MAX_AUDIT_LOG_ENTRIES)

  add(id: string, userId: string, { reason, ...action }: AuditedAction): APIAuditLogEntry {
    const entry = { id, user_id: userId, ...action, ...(reason === undefined ? {} : { reason }) }
    this.#entries.push(entry)
    return entry
  }

  /** Newest first. */
  list(): APIAuditLogEntry[] {
    return [...this.#entries].reverse()
  }
}
