import type { APIRole } from 'discord-api-types/v10'
import type { Journal } from '../journal.js'
import { apiTimestamp } from './api-timestamp.js'
import { AuditLog } from './audit-log.js'
import type { BulkEdit } from './bulk-edit.js'
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
  readonly journal: Journal
  readonly snowflakes: SnowflakeFactory
  readonly nowMs: () => number
}

/** The authoritative state of one guild. Every change of it goes through here and leaves an event in the journal. */
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
    this.name = `Guild of seed ${seed}`
    this.channelId = `${BigInt(id) + 1n}`
    this.#around = around
    this.seeded = seedRoles(seed, id, roles, `${around.bot.id}`)
    this.roles = new Map(this.seeded.all.map((role) => [role.id, role]))
    this.members = new Members(seed, members, this.seeded, this.roles)
    this.ownerId = `${this.members.page(0n, 1)[0]?.id ?? around.bot.id}`
    const botRoles = [this.seeded.membersId, this.seeded.botRoleId]
    this.members.add({ ...around.bot, roles: botRoles, joined_at: apiTimestamp(Date.UTC(2020, 0, 1)) })
  }

  get bot(): Member | undefined {
    return this.members.get(this.#around.bot.id)
  }

  rename(name: string): void {
    this.name = name
    this.#changed({ t: 'GUILD_UPDATE' })
  }

  join(id?: bigint): Member {
    const member = this.members.join(apiTimestamp(this.#around.nowMs()), id)
    this.#changed({ t: 'GUILD_MEMBER_ADD', user_id: `${member.id}` })
    return member
  }

  leave(id: bigint): boolean {
    const left = this.members.leave(id)
    if (left) this.#changed({ t: 'GUILD_MEMBER_REMOVE', user_id: `${id}` })
    return left
  }

  editMember(id: bigint, edit: MemberEdit): Member | undefined {
    const member = this.members.edit(id, edit)
    if (member) this.#changed({ t: 'GUILD_MEMBER_UPDATE', user_id: `${id}` })
    return member
  }

  bulkEdit(edit: BulkEdit): number {
    const touched = this.members.bulkEdit(edit, this.assignableRoles())
    this.#changed({ t: 'BULK_EDIT', edit, members_touched: touched })
    return touched
  }

  putRole(role: APIRole): APIRole {
    const t = this.roles.has(role.id) ? 'GUILD_ROLE_UPDATE' : 'GUILD_ROLE_CREATE'
    this.roles.set(role.id, role)
    this.#changed({ t, role_id: role.id })
    return role
  }

  /**
   * One event and no member updates, as Discord does it. Every holder loses the role by this alone, because nobody has
   * a role that does not exist.
   */
  deleteRole(id: string): boolean {
    if (id === this.id || !this.roles.delete(id)) return false
    this.#changed({ t: 'GUILD_ROLE_DELETE', role_id: id })
    return true
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

  #changed(event: Parameters<Journal['append']>[1]): void {
    this.version += 1
    this.#around.journal.append(this.id, event)
  }
}
