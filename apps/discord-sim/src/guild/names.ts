import { hash32, SALT } from './hash.js'

const QUALITIES = [
  'quiet',
  'brave',
  'early',
  'lunar',
  'mossy',
  'rapid',
  'sunny',
  'tidal',
  'vivid',
  'witty',
  'zesty',
  'calm',
]
const CREATURES = [
  'fox',
  'heron',
  'otter',
  'lynx',
  'raven',
  'newt',
  'ibex',
  'crane',
  'mole',
  'finch',
  'toad',
  'hare',
  'orca',
]

/** Text that breaks careless programs: astral emoji, joined emoji, CJK, combining marks, right-to-left, quotes, markup. */
const AWKWARD = [
  '🦊',
  '👩‍💻',
  '雪の狐',
  'ñandú',
  'Zo\u0065\u0301',
  'Żółw',
  'ثعلب',
  '"quoted"',
  "O'Hare",
  '<b>bold</b>',
  '\\o/',
  '한국말',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'a\u0301\u0302\u0303',
]

/** Discord's ceiling for a username, a global name and a nick. @see https://discord.com/developers/docs/resources/user#usernames-and-nicknames */
export const MAX_NAME_CODE_POINTS = 32

/** By quality and creature, because joining them anew for every name costs more than all the hashes of a member. */
const STEMS = QUALITIES.map((quality) => CREATURES.map((creature) => `${quality}${creature}`))
const PLAIN_NAMES = QUALITIES.map((quality) => CREATURES.map((it) => `${capitalized(quality)} ${capitalized(it)}`))

const choose = <T>(list: readonly T[], bits: number): T => list[bits % list.length] as T

const chooseTwo = (names: readonly (readonly string[])[], bits: number) => choose(choose(names, bits), bits >>> 8)

/** Unique, because its ending is the index; one in forty fills all 32 characters. */
export function seededUsername(seed: number, index: number): string {
  const bits = hash32(seed, index, SALT.name)
  const stem = chooseTwo(STEMS, bits)
  const ending = `_${index.toString(36)}`
  const filling = bits % 40 === 0 ? 'x'.repeat(MAX_NAME_CODE_POINTS - stem.length - ending.length) : ''
  return stem + filling + ending
}

/** A name as people choose them for show: one in eight awkward, some of those as long as Discord allows. */
export function seededDisplayName(seed: number, index: number, salt: number): string {
  const bits = hash32(seed, index, salt)
  const plain = chooseTwo(PLAIN_NAMES, bits)
  if ((bits >>> 16) % 8 > 0) return plain
  const awkward = `${choose(AWKWARD, bits >>> 4)} ${plain}`
  if ((bits >>> 19) % 4 > 0) return cut(awkward)
  return cut(choose(AWKWARD, bits >>> 12).repeat(MAX_NAME_CODE_POINTS))
}

const cut = (name: string) => [...name].slice(0, MAX_NAME_CODE_POINTS).join('').trim()

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
