import { isSnowflake, MAX_ROLES_PER_GUILD, MAX_ROLES_PER_MEMBER, MemberPatch, text } from '@rollcall/contract'
import type { GuildEvents, LiveEvent, MemberFields, RoleFields } from './event.js'

/** A dispatch of the gateway, as far as it matters here. */
export interface Dispatch {
  readonly t: string
  readonly d: unknown
}

/** What was not what Discord's documentation says: the guild's mirror may now lack something. */
export interface MalformedDispatch {
  readonly guildId: string | undefined
  readonly malformed: true
}

type Raw = Readonly<Record<string, unknown>>

/**
 * A gateway dispatch in the mirror's terms; undefined for one that does not concern the mirror.
 *
 * @param isAwaited - whether the session's READY has announced the guild, whose GUILD_CREATE has not come
 * @see https://discord.com/developers/docs/events/gateway-events
 */
export function mapDispatch(
  { t, d }: Dispatch,
  isAwaited: (guildId: string) => boolean,
): GuildEvents | MalformedDispatch | undefined {
  const map = Object.hasOwn(MAPPINGS, t) ? MAPPINGS[t] : undefined
  if (map === undefined) return undefined
  const data = objectOf(d)
  const guildId = data && (t.startsWith('GUILD_MEMBER') || t.startsWith('GUILD_ROLE') ? data.guild_id : data.id)
  if (data === undefined || !isId(guildId)) return { guildId: undefined, malformed: true }
  const mapped = map(data, isAwaited(guildId))
  return mapped === undefined ? { guildId, malformed: true } : { guildId, ...mapped }
}

type Mapped = Omit<GuildEvents, 'guildId'> | undefined

const MAPPINGS: Readonly<Record<string, (data: Raw, isAwaited: boolean) => Mapped>> = {
  GUILD_CREATE: guildCreate,
  GUILD_UPDATE: (data) => one(guildOf(data)),
  GUILD_DELETE: ({ unavailable }) =>
    // Only a field that is not there says that the bot was removed; false is not documented, and removes nobody.
    one({ kind: 'mark', presence: unavailable === undefined ? 'left' : 'unavailable' }),
  GUILD_ROLE_CREATE: ({ role }) => one(rolePut(role)),
  GUILD_ROLE_UPDATE: ({ role }) => one(rolePut(role)),
  GUILD_ROLE_DELETE: ({ role_id: id }) => (isId(id) ? one({ kind: 'role_deletion', id }) : undefined),
  GUILD_MEMBER_ADD: memberSeen,
  GUILD_MEMBER_UPDATE: memberSeen,
  GUILD_MEMBER_REMOVE: ({ user }) => {
    const id = objectOf(user)?.id
    return isId(id) ? one({ kind: 'member', id, fields: { in_guild: false } }) : undefined
  },
}

const one = (event: LiveEvent | undefined): Mapped => event && { events: [event] }

/**
 * A guild that READY did not announce is new, or back from an outage: of its members nothing was told meanwhile. Of one that it
 * did announce nothing was told between READY and now; a reconcile that began in that time has not seen all of it.
 */
function guildCreate(data: Raw, isAwaited: boolean): Mapped {
  if (data.unavailable === true) return one({ kind: 'mark', presence: 'unavailable' })
  const guild = guildOf(data)
  if (guild === undefined) return undefined
  const mark: LiveEvent = {
    kind: 'mark',
    presence: 'present',
    dirty: isAwaited ? 'new_session' : 'was_unavailable',
  }
  return { events: [guild, mark] }
}

function guildOf({ name, roles }: Raw): LiveEvent | undefined {
  if (!isText(name, 100) || !Array.isArray(roles) || roles.length > MAX_ROLES_PER_GUILD) return undefined
  const mapped = roles.map(roleOf)
  return mapped.every((role) => role !== undefined) ? { kind: 'guild', name, roles: mapped } : undefined
}

function rolePut(raw: unknown): LiveEvent | undefined {
  const role = roleOf(raw)
  return role && { kind: 'role', role }
}

function roleOf(raw: unknown): RoleFields | undefined {
  const { id, name, color, colors, permissions, position } = objectOf(raw) ?? {}
  // Newer than `color`, which is deprecated.
  const colour = objectOf(colors)?.primary_color ?? color
  if (!isId(id) || !isText(name, 100) || !isInt(colour) || !isId(permissions) || !isInt(position)) return undefined
  return { id, name, colour, permissions, position }
}

/** Of a member that joined or was changed; an update may leave out the nickname, which then is as it was. */
function memberSeen({ user: rawUser, nick, roles }: Raw): Mapped {
  const user = objectOf(rawUser)
  if (user === undefined || !isId(user.id) || !Array.isArray(roles) || !roles.every(isId)) return undefined
  if (roles.length > MAX_ROLES_PER_MEMBER) return undefined
  // As in a list of members: a nickname counts before the account's own names.
  const isNamed = typeof nick === 'string' || (nick === null && user.global_name !== undefined)
  const fields = {
    name: user.username,
    ...(isNamed ? { display_name: nick ?? user.global_name ?? user.username } : {}),
    discriminator: Number(user.discriminator),
    in_guild: true,
  }
  // As the API will check it: one bad item would sink its whole request.
  if (!MemberPatch.safeParse({ id: user.id, ...fields }).success) return undefined
  const event: LiveEvent = { kind: 'member', id: user.id, fields: { ...fields, roles } as MemberFields }
  return { events: [event], ...(isNamed ? {} : { incomplete: user.id }) }
}

const Name = text(1, 100)

const isId = (value: unknown): value is string => typeof value === 'string' && isSnowflake(value)
const isInt = (value: unknown): value is number => Number.isInteger(value)
const isText = (value: unknown, max: number): value is string =>
  typeof value === 'string' && value.length <= 2 * max && Name.safeParse(value).success

function objectOf(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined
}
