import type { Bound } from '../bounds.js'
import type { Collection } from './long-lived-collections.js'

/** Why a collection cannot grow without end although it is no bound, by `file:name`. */
export type Excuses = Readonly<Record<string, string>>

/**
 * What is wrong with these collections, one sentence each that says what to do; none when each is a bound or excused, and
 * each excuse is needed. As many collections of a file are taken for bounds as there are bounds with this file as source.
 */
export function unbounded(
  found: readonly Collection[],
  bounds: readonly Pick<Bound, 'source'>[],
  excuses: Excuses,
): string[] {
  const open = found.filter(({ file, name }) => !(`${file}:${name}` in excuses))
  const faults = [...new Set(open.map(({ file }) => file))].flatMap((file) => {
    const collections = open.filter((it) => it.file === file)
    const named = bounds.filter(({ source }) => source === file).length
    if (collections.length <= named) return []
    const names = collections.map(({ name }) => name).join(', ')
    return `${file} keeps ${names}, of which ${named} are among the bounds. Let the code enforce a maximum and name it where it is made: bounds.add('…', { kind, source: '${file}', unit, size, max, evictions }). If it cannot grow, or is gone when its caller is, say why among the excuses of this test.`
  })
  const known = new Set(found.map(({ file, name }) => `${file}:${name}`))
  const needless = Object.keys(excuses).filter((it) => !known.has(it))
  return [...faults, ...needless.map((it) => `${it} is excused and is not there: remove the excuse.`)]
}
