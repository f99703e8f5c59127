import type { APIAuditLogEntry, APIRole } from 'discord-api-types/v10'
import type { BulkEdit } from './bulk-edit.js'
import type { Member } from './member.js'

/**
 * What happened to a guild, in Discord's words for it, with whom it happened to: as they are after it, or as they were
 * for who is gone.
 */
export type GuildChange =
  | { readonly t: 'GUILD_MEMBER_ADD' | 'GUILD_MEMBER_UPDATE' | 'GUILD_MEMBER_REMOVE'; readonly member: Member }
  | { readonly t: 'GUILD_ROLE_CREATE' | 'GUILD_ROLE_UPDATE'; readonly role: APIRole }
  | { readonly t: 'GUILD_ROLE_DELETE'; readonly role: APIRole }
  | { readonly t: 'GUILD_CREATE' | 'GUILD_UPDATE' }
  /** `place`: the how many-th of the guild's bulk edits it is, from 0. */
  | {
      readonly t: 'BULK_EDIT'
      readonly edit: BulkEdit
      readonly members_touched: number
      readonly place: number
    }
  | { readonly t: 'GUILD_AUDIT_LOG_ENTRY_CREATE'; readonly entry: APIAuditLogEntry }
