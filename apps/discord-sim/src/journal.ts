import type { BulkEdit } from './guild/bulk-edit.js'
import type { GuildChange } from './guild/guild-change.js'
import { Ring } from './ring.js'

/** What happened in a guild, in Discord's words for it. */
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

  /** Keeps ids alone: what somebody was like is no matter of the journal. The audit log is kept by its guild. */
  append(guildId: string, change: GuildChange): void {
    const event = toEvent(change)
    if (event === undefined) return
    this.#seq += 1
    this.#entries.push({ seq: this.#seq, guild_id: guildId, at: new Date(this.nowMs()).toISOString(), ...event })
  }

  /** Entries with a number above `after`, oldest first. A gap at the start means that the ring has moved on. */
  after(after: number): JournalEntry[] {
    return [...this.#entries].filter((entry) => entry.seq > after)
  }
}

function toEvent(change: GuildChange): JournalEvent | undefined {
  if ('member' in change) return { t: change.t, user_id: `${change.member.id}` }
  if ('role' in change) return { t: change.t, role_id: change.role.id }
  if (change.t === 'BULK_EDIT') return { t: change.t, edit: change.edit, members_touched: change.members_touched }
  return change.t === 'GUILD_UPDATE' ? { t: change.t } : undefined
}
