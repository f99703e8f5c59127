import { type APIRole, PermissionFlagsBits, type RoleFlags } from 'discord-api-types/v10'
import { hash32, SALT } from './hash.js'

/** @see https://discord.com/developers/docs/topics/opcodes-and-status-codes (error 30005) */
export const MAX_ROLES_PER_GUILD = 250

/** `@everyone`, "Members", "Server Booster", the bot's own role and "Admins". */
export const MIN_SEEDED_ROLES = 5

/** `@everyone`, "Members" and the bot's own role: all that a stub has. */
export const STUB_ROLES = 3

/** Five days of snowflakes: roles are made one after the other in the guild's first years. */
const MAX_ID_GAP = (5n * 86_400_000n) << 22n

/** The roles of a seeded guild and who of them is special. */
export interface SeededRoles {
  /** Ascending by position; the first is `@everyone`. */
  readonly all: readonly APIRole[]
  /** Held by everybody. */
  readonly membersId: string
  /** Managed by Discord: nobody can give or take it. */
  readonly boosterId: string
  /** Managed: the bot's own, which ranks it. */
  readonly botRoleId: string
  /** Above the bot. */
  readonly adminId: string
  /** Those that the bot may give and take, without "Members". */
  readonly ordinary: readonly string[]
}

const RANKS = ['Helper', 'Mentor', 'Artist', 'Player', 'Reader', 'Writer', 'Coder', 'Guest', 'Patron', 'Événement ✨']

/** @param count - {@link MIN_SEEDED_ROLES} or more; with {@link STUB_ROLES}, two of the special ones do not exist */
export function seedRoles(seed: number, guildId: string, count: number, botId: string): SeededRoles {
  const ids = roleIds(seed, guildId)
  const all: APIRole[] = [newRole({ id: guildId, name: '@everyone', position: 0 })]
  const add = (role: Partial<APIRole> & { name: string }) => {
    const position = all.length
    const { value: id } = ids.next()
    all.push(newRole({ id, position, ...role }))
    return id
  }
  const membersId = add({ name: 'Members' })
  const ordinary: string[] = []
  while (all.length < count - 3) {
    const bits = hash32(seed, all.length, SALT.role)
    const name = `${RANKS[bits % RANKS.length]} ${all.length}`
    ordinary.push(
      add({ name, hoist: bits % 7 === 0, mentionable: bits % 3 === 0, ...colours(bits % 5 ? bits >>> 8 : 0) }),
    )
  }
  const boosterId = add({ name: 'Server Booster', managed: true, tags: { premium_subscriber: null } })
  const rights = PermissionFlagsBits.ManageRoles | PermissionFlagsBits.ViewAuditLog | PermissionFlagsBits.ManageWebhooks
  const botRoleId = add({ name: 'Rollcall', managed: true, tags: { bot_id: botId }, permissions: `${rights}` })
  const adminId = add({ name: 'Admins', permissions: `${PermissionFlagsBits.Administrator}`, ...colours(0xe74c3c) })
  const existing = count >= MIN_SEEDED_ROLES ? all : all.filter(({ id }) => id !== boosterId && id !== adminId)
  return { all: existing, membersId, boosterId, botRoleId, adminId, ordinary }
}

/** What differs between the roles of one stub and another. */
export function stubRoleIds(seed: number, guildId: string): Pick<SeededRoles, 'membersId' | 'botRoleId'> {
  const ids = roleIds(seed, guildId)
  const { value: membersId } = ids.next()
  // Of the role for boosters, which stubs lack.
  ids.next()
  return { membersId, botRoleId: ids.next().value }
}

/** Of the roles from position 1 on: each a seeded step after the one before. */
function* roleIds(seed: number, guildId: string): Generator<string, never> {
  let id = BigInt(guildId)
  for (let position = 1; ; position++) {
    id += 1n + ((BigInt(hash32(seed, position, SALT.role)) * MAX_ID_GAP) >> 32n)
    yield `${id}`
  }
}

/** A role as Discord makes one when nothing is said of it. @see https://discord.com/developers/docs/resources/guild#create-guild-role */
export function newRole(role: Partial<APIRole> & Pick<APIRole, 'id'>): APIRole {
  return {
    name: 'new role',
    ...colours(0),
    hoist: false,
    icon: null,
    unicode_emoji: null,
    position: 1,
    permissions: '0',
    managed: false,
    mentionable: false,
    flags: 0 as RoleFlags,
    ...role,
  }
}

/** `color` is deprecated and still sent beside `colors`. */
export function colours(rgb: number): Pick<APIRole, 'color' | 'colors'> {
  return { color: rgb, colors: { primary_color: rgb, secondary_color: null, tertiary_color: null } }
}
