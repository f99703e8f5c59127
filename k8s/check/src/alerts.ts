import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { prometheusRule } from './alerts/prometheus-rule.js'
import { promtool } from './alerts/promtool.js'

/**
 * `npm run check:alerts`: checks the alert rules and runs their tests. With `--write` it also writes the same rules for the
 * Prometheus operator, which has them in an object of its own.
 */
const folder = join(import.meta.dirname, '..', '..', 'monitoring')
const object = join(folder, 'prometheus-rule.yaml')

const { write } = new Command('check:alerts')
  .description('Check the alert rules and run their tests')
  .option('--write', 'first write them for the Prometheus operator')
  .parse()
  .opts<{ write?: true }>()

try {
  const wanted = prometheusRule(await readFile(join(folder, 'alerts.yaml'), 'utf8'))
  if (write) await writeFile(object, wanted)
  else if ((await readFile(object, 'utf8')) !== wanted) {
    throw new Error('prometheus-rule.yaml is not what alerts.yaml says. Write it with: npm run check:alerts -- --write')
  }
  process.stdout.write(await promtool(['check', 'rules', 'alerts.yaml'], folder))
  process.stdout.write(await promtool(['test', 'rules', 'alerts.test.yaml', 'alerts-of-hours.test.yaml'], folder))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
