import type { Bound } from '../bounds.js'
import type { Collection } from './long-lived-collections.js'

/** Why a collection cannot grow without end although it is no bound, by `file:name`. */
export type Excuses = Readonly<Record<string, string>>

/**
 * What is wrong with these collections, one sentence each that says what to do; none when each is held by a bound that names
 * it, or is excused, and each name and each excuse is needed.
 */
export function unbounded(
  found: readonly Collection[],
  bounds: readonly Pick<Bound, 'source' | 'holds'>[],
  excuses: Excuses,
): string[] {
  const known = new Set(found.map(({ file, name }) => `${file}:${name}`))
  const held = new Set(bounds.flatMap(heldBy))
  const open = found.filter(({ file, name }) => !held.has(`${file}:${name}`) && !(`${file}:${name}` in excuses))
  return [
    ...open.map(
      ({ file, name }) =>
        `${file} keeps ${name}, which no bound names. Let the code enforce a maximum and name it where it is made: bounds.add('…', { kind, source: '${file}', holds: ['${name}'], unit, size, max, evictions }). If it cannot grow, or is gone when its caller is, say why among the excuses of this test.`,
    ),
    ...[...held]
      .filter((it) => !known.has(it))
      .map((it) => `${it} is named by a bound and is not there: correct its holds or source.`),
    ...Object.keys(excuses)
      .filter((it) => !known.has(it) || held.has(it))
      .map((it) => `${it} is excused without need: remove the excuse.`),
  ]
}

/** Of its own file, unless the name says of which. */
const heldBy = ({ source, holds = [] }: Pick<Bound, 'source' | 'holds'>): string[] =>
  holds.map((name) => (name.includes(':') ? name : `${source}:${name}`))
