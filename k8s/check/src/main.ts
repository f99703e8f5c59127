import { join } from 'node:path'
import { check } from './check.js'
import { renderAll } from './renderings.js'
import { tell } from './tell.js'

/** `npm run check:k8s`: renders what is deployed and says everything that is wrong with it. Exit code 1 if anything is. */
const k8s = process.argv[2] ?? join(import.meta.dirname, '..', '..')

try {
  let faults = 0
  for (const rendering of await renderAll(k8s)) {
    const found = await check(rendering.objects)
    faults += found.length
    process.stdout.write(`${tell(rendering, found)}\n`)
  }
  process.stdout.write(faults === 0 ? 'No faults.\n' : `${faults} faults.\n`)
  process.exitCode = faults === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
