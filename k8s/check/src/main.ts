import { join } from 'node:path'
import { Command } from 'commander'
import { check } from './check.js'
import { renderAll } from './renderings.js'
import { tell } from './tell.js'

/** `npm run check:k8s`: renders what is deployed and says everything that is wrong with it. Exit code 1 if anything is. */
const [k8s = join(import.meta.dirname, '..', '..')] = new Command('check:k8s')
  .description('Render every overlay, and production with each component, and say everything that is wrong')
  .argument('[folder]', 'with overlays/ and components/; k8s/ if left out')
  .parse().args

try {
  const renderings = await renderAll(k8s)
  const faults = await check(renderings)
  for (const rendering of renderings) process.stdout.write(`${tell(rendering, faults)}\n`)
  process.stdout.write(faults.length === 0 ? 'No faults.\n' : `Faults: ${faults.length}\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
