import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { t } from 'tap'
import { parse } from 'yaml'
import { prometheusRule } from '../src/alerts/prometheus-rule.js'
import { NoPromtoolError, promtool } from '../src/alerts/promtool.js'

const MONITORING = join(import.meta.dirname, '..', '..', 'monitoring')
const read = (...path: string[]) => readFile(join(MONITORING, ...path), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

interface Case {
  readonly name: string
  readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[]
}

const TESTS = ['alerts.test.yaml', 'alerts-of-hours.test.yaml']
const groups: { rules: Rule[] }[] = parse(await read('alerts.yaml')).groups
const rules = groups.flatMap((it) => it.rules)

t.test('every alert has a severity, a summary, and a section in the runbook that its address leads to', async (t) => {
  const runbook = await read('..', '..', 'docs', 'operations.md')
  const sections = [...runbook.matchAll(/^### (\w+)\n\n\S.+\n\n\*\*Do:\*\* \S/gm)].map((it) => it[1])
  t.strictSame(sections.sort(), rules.map((it) => it.alert).sort())
  for (const { alert, labels, annotations } of rules) {
    t.match(labels.severity, /^(page|ticket|none)$/, alert)
    t.ok(annotations.summary)
    t.equal(annotations.runbook, `docs/operations.md#${alert.toLowerCase()}`)
  }
})

t.test('every alert is tested to fire and to keep silent', async (t) => {
  const files = await Promise.all(TESTS.map((it) => read(it)))
  const cases = files.flatMap((it): Case[] => parse(it).tests)
  const expectations = (alert: string) =>
    cases
      .flatMap((it) => it.promql_expr_test)
      .filter((it) => it.expr === `count by (alertname) (ALERTS{alertname="${alert}",alertstate="firing"})`)
      .map((it) => it.exp_samples.length > 0)
  for (const { alert } of rules) {
    const found = new Set(expectations(alert))
    // A dead-man's switch has no state in which it is silent.
    t.ok(found.has(true) && (found.has(false) || alert === 'Watchdog'), alert)
  }
})

t.test('the object of the Prometheus operator says the same', async (t) => {
  t.equal(await read('prometheus-rule.yaml'), prometheusRule(await read('alerts.yaml')))
})

t.test('promtool finds the rules correct and their tests pass', async (t) => {
  const { failed } = await execa('promtool', ['--version'], { reject: false })
  if (failed) return t.pass('no rule is evaluated', { skip: 'promtool is not on this machine' })
  t.match(await promtool(['check', 'rules', 'alerts.yaml'], MONITORING), `SUCCESS: ${rules.length} rules found`)
  t.match(await promtool(['test', 'rules', ...TESTS], MONITORING), 'SUCCESS')
})

t.test('without promtool it says how to get it', async (t) => {
  const { PATH } = process.env
  process.env.PATH = '/nowhere'
  t.teardown(() => Object.assign(process.env, { PATH }))
  await t.rejects(promtool(['--version'], MONITORING), new NoPromtoolError())
})
