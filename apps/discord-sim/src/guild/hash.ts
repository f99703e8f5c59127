/**
 * 32 well-mixed bits that depend on nothing but the arguments: what makes a guild of a million members a formula instead
 * of a million objects. MurmurHash3's finalizer, once for each argument.
 *
 * @see https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export function hash32(seed: number, index: number, salt: number): number {
  return finalize(finalize(finalize(seed + 0x9e3779b9) ^ index) ^ salt) >>> 0
}

function finalize(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** What a hash is drawn for. Different salts give independent draws for one member. */
export const SALT = {
  id: 1,
  name: 2,
  displayName: 3,
  nick: 4,
  avatar: 5,
  traits: 6,
  roles: 7,
  manyRoles: 8,
  joinedAt: 9,
  guild: 10,
  role: 11,
  rotation: 12,
  newcomer: 13,
  webhook: 14,
  stub: 15,
  storm: 16,
  session: 17,
} as const
