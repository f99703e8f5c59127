import { apiTimestamp } from './api-timestamp.js'
import { hash32, SALT } from './hash.js'
import type { Member } from './member.js'
import { seededDisplayName, seededUsername } from './names.js'
import type { SeededRoles } from './seeded-roles.js'
import { snowflakeTimeMs } from './snowflakes.js'

/** The last instant at which a seeded member joined. Fixed, so that a seed gives one guild on any day. */
const LAST_JOIN_MS = Date.UTC(2026, 10, 1)

/** Member `index` of the guild that `seed` describes, computed from these two numbers and nothing else. */
export function seededMember(seed: number, index: number, id: bigint, roles: SeededRoles): Member {
  const traits = hash32(seed, index, SALT.traits)
  const bot = index > 0 && traits % 400 === 0
  return {
    id,
    username: seededUsername(seed, index),
    discriminator: bot ? `${1 + ((traits >>> 9) % 9_999)}`.padStart(4, '0') : '0',
    global_name: bot || traits % 10 < 3 ? null : seededDisplayName(seed, index, SALT.displayName),
    avatar: avatarHash(seed, index),
    bot,
    nick: (traits >>> 4) % 5 === 0 ? seededDisplayName(seed, index, SALT.nick) : null,
    roles: rolesOf(seed, index, roles),
    joined_at: joinedAt(seed, index, id),
    flags: (traits >>> 12) % 8 === 0 ? 2 : 0,
  }
}

/**
 * "Members" for everybody, the owner's role for the owner, and none to eight of the others; one member in two thousand
 * has a hundred or more. A walk around the ring of roles from a seeded start repeats none.
 */
function rolesOf(seed: number, index: number, { membersId, adminId, boosterId, ordinary }: SeededRoles): string[] {
  const bits = hash32(seed, index, SALT.roles)
  const held = index === 0 ? [membersId, adminId] : [membersId]
  if (bits % 50 === 0) held.push(boosterId)
  const wanted = (bits >>> 6) % 2_000 === 0 ? 100 + (hash32(seed, index, SALT.manyRoles) % 150) : (bits >>> 17) % 9
  const count = Math.min(wanted, ordinary.length)
  for (let taken = 0; taken < count; taken++) held.push(ordinary[((bits >>> 8) + taken) % ordinary.length] as string)
  return held
}

/** Where hexadecimal digits are put together: adding strings up leaves a tree of them for the reader to flatten. */
const avatar = Buffer.alloc(32)
const HEX_DIGITS = Buffer.from('0123456789abcdef')

function putHex(bits: number, start: number): void {
  for (let place = 0; place < 8; place++)
    avatar[start + place] = HEX_DIGITS[(bits >>> (28 - 4 * place)) & 0xf] as number
}

/** 32 hexadecimal digits, `a_` before them when animated; a quarter of the members have none. */
function avatarHash(seed: number, index: number): string | null {
  const bits = hash32(seed, index, SALT.avatar)
  if (bits % 4 === 0) return null
  const more = hash32(seed, index, bits)
  putHex(bits, 0)
  putHex(more, 8)
  putHex(more ^ bits, 16)
  putHex(bits, 24)
  const hash = avatar.toString('latin1')
  return bits % 10 === 1 ? `a_${hash}` : hash
}

function joinedAt(seed: number, index: number, id: bigint): string {
  const createdMs = snowflakeTimeMs(id)
  const share = hash32(seed, index, SALT.joinedAt) / 2 ** 32
  return apiTimestamp(createdMs + share * Math.max(0, LAST_JOIN_MS - createdMs))
}
