import { type Fault, nameOf } from './kube-object.js'
import type { Rendering } from './renderings.js'

/** One line per object, and under it what is wrong with it. */
export function tell({ name, objects }: Rendering, faults: readonly Fault[]): string {
  const count = faults.filter(({ object }) => objects.includes(object)).length
  const lines = objects.map((object) => {
    const own = faults.filter((fault) => fault.object === object)
    const verdict = own.length === 0 ? 'ok  ' : 'FAIL'
    return [`  ${verdict} ${nameOf(object)}`, ...own.map(({ path, message }) => `         ${path}: ${message}`)].join(
      '\n',
    )
  })
  return [`${name}: ${objects.length} objects, faults: ${count}`, ...lines, ''].join('\n')
}
