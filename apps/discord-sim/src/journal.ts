import type { BulkEdit } from './guild/bulk-edit.js'
import { Ring } from './ring.js'

/** What happened in a guild, in Discord's words for it; a gateway turns these into dispatches. */
export type JournalEvent =
  | { readonly t: 'GUILD_MEMBER_ADD' | 'GUILD_MEMBER_UPDATE' | 'GUILD_MEMBER_REMOVE'; readonly user_id: string }
  | { readonly t: 'GUILD_ROLE_CREATE' | 'GUILD_ROLE_UPDATE' | 'GUILD_ROLE_DELETE'; readonly role_id: string }
  | { readonly t: 'GUILD_UPDATE' }
  | { readonly t: 'BULK_EDIT'; readonly edit: BulkEdit; readonly members_touched: number }

export type JournalEntry = JournalEvent & { readonly seq: number; readonly guild_id: string; readonly at: string }

const MAX_JOURNAL_ENTRIES = 10_000

/** The newest events of all guilds, numbered without gaps from 1. */
export class Journal {
  readonly #entries = new Ring<JournalEntry>(MAX_JOURNAL_ENTRIES)
  #seq = 0

  constructor(readonly nowMs: () => number) {}

  get seq(): number {
    return this.#seq
  }

  append(guildId: string, event: JournalEvent): void {
    this.#seq += 1
    this.#entries.push({ seq: this.#seq, guild_id: guildId, at: new Date(this.nowMs()).toISOString(), ...event })
  }

  /** Entries with a number above `after`, oldest first. A gap at the start means that the ring has moved on. */
  after(after: number): JournalEntry[] {
    return [...this.#entries].filter((entry) => entry.seq > after)
  }
}
