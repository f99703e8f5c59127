import type { APIRole } from 'discord-api-types/v10'
import { apiTimestamp } from './api-timestamp.js'
import { type AuditedAction, AuditLog } from './audit-log.js'
import type { BulkEdit } from './bulk-edit.js'
import type { GuildChange } from './guild-change.js'
import type { Member } from './member.js'
import { type MemberEdit, Members } from './members.js'
import { type SeededRoles, seedRoles } from './seeded-roles.js'
import type { SnowflakeFactory } from './snowflakes.js'

export interface GuildSeed {
  readonly id: string
  readonly seed: number
  /** Without the bot. */
  readonly members: number
  /** With `@everyone`. */
  readonly roles: number
}

/** What a guild needs of the world around it. */
export interface GuildSurroundings {
  readonly bot: Omit<Member, 'roles' | 'joined_at'>
  readonly snowflakes: SnowflakeFactory
  readonly nowMs: () => number
  /** Called after every change. */
  readonly onChange: (guild: Guild, change: GuildChange) => void
}

export const seededGuildName = (seed: number) => `Guild of seed ${seed}`

/** Of the only channel. */
export const channelIdOf = (guildId: string) => `${BigInt(guildId) + 1n}`

/** The authoritative state of one guild. Every change of it goes through here and is told to the world around it. */
export class Guild {
  readonly id: string
  name: string
  readonly channelId: string
  readonly ownerId: string
  readonly roles: Map<string, APIRole>
  readonly members: Members
  readonly auditLog = new AuditLog()
  readonly seeded: SeededRoles
  /** Grows with every change; what is derived from the members is good for one version. */
  version = 0
  readonly #around: GuildSurroundings

  constructor({ id, seed, members, roles }: GuildSeed, around: GuildSurroundings) {
    this.id = id
    this.name = seededGuildName(seed)
    this.channelId = channelIdOf(id)
    this.#around = around
    this.seeded = seedRoles(seed, id, roles, `${around.bot.id}`)
    this.roles = new Map(this.seeded.all.map((role) => [role.id, role]))
    this.members = new Members(seed, members, this.seeded, this.roles)
    this.ownerId = `${this.members.page(0n, 1)[0]?.id ?? around.bot.id}`
    this.#addBot(Date.UTC(2020, 0, 1))
  }

  get bot(): Member | undefined {
    return this.members.get(this.#around.bot.id)
  }

  rename(name: string): void {
    this.name = name
    this.#changed({ t: 'GUILD_UPDATE' })
  }

  join(id?: bigint): Member {
    const nowMs = this.#around.nowMs()
    const returns = id === this.#around.bot.id && !this.members.has(id)
    const member = returns ? this.#addBot(nowMs) : this.members.join(apiTimestamp(nowMs), id)
    this.#changed({ t: 'GUILD_MEMBER_ADD', member })
    return member
  }

  leave(id: bigint): boolean {
    const member = this.members.get(id)
    if (member === undefined || !this.members.leave(id)) return false
    this.#changed({ t: 'GUILD_MEMBER_REMOVE', member })
    return true
  }

  editMember(id: bigint, edit: MemberEdit): Member | undefined {
    const member = this.members.edit(id, edit)
    if (member) this.#changed({ t: 'GUILD_MEMBER_UPDATE', member })
    return member
  }

  bulkEdit(edit: BulkEdit): number {
    const touched = this.members.bulkEdit(edit, this.assignableRoles())
    this.#changed({ t: 'BULK_EDIT', edit, members_touched: touched, place: this.members.ruleCount - 1 })
    return touched
  }

  putRole(role: APIRole): APIRole {
    const t = this.roles.has(role.id) ? 'GUILD_ROLE_UPDATE' : 'GUILD_ROLE_CREATE'
    this.roles.set(role.id, role)
    this.#changed({ t, role })
    return role
  }

  /**
   * One event and no member updates, as Discord does it. Every holder loses the role by this alone, because nobody has
   * a role that does not exist.
   */
  deleteRole(id: string): boolean {
    const role = this.roles.get(id)
    if (id === this.id || role === undefined) return false
    this.roles.delete(id)
    this.#changed({ t: 'GUILD_ROLE_DELETE', role })
    return true
  }

  /** Writes what the bot did into the audit log. */
  audit(action: AuditedAction): void {
    const { snowflakes, bot } = this.#around
    const entry = this.auditLog.add(snowflakes.next(), `${bot.id}`, action)
    this.#around.onChange(this, { t: 'GUILD_AUDIT_LOG_ENTRY_CREATE', entry })
  }

  /** Roles that the bot may give and take, without "Members": rotating through them changes nobody's rank above the bot. */
  assignableRoles(): string[] {
    return [...this.roles.values()]
      .filter(
        (role) => role.id !== this.seeded.membersId && this.isBelowBot(role) && !role.managed && role.id !== this.id,
      )
      .map((role) => role.id)
  }

  /** Equal positions rank by id, the lower id higher. @see https://discord.com/developers/docs/topics/permissions#permission-hierarchy */
  isBelowBot(role: APIRole): boolean {
    const held = (this.bot?.roles ?? []).map((id) => this.roles.get(id)).filter((it) => it !== undefined)
    return held.some(
      (it) => it.position > role.position || (it.position === role.position && BigInt(it.id) < BigInt(role.id)),
    )
  }

  #addBot(joinedMs: number): Member {
    const roles = [this.seeded.membersId, this.seeded.botRoleId].filter((id) => this.roles.has(id))
    return this.members.add({ ...this.#around.bot, roles, joined_at: apiTimestamp(joinedMs) })
  }

  #changed(change: GuildChange): void {
    this.version += 1
    this.#around.onChange(this, change)
  }
}
