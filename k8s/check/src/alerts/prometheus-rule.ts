import { parse, stringify } from 'yaml'

/**
 * The rules as the Prometheus operator takes them.
 *
 * @param alerts - a rule file of Prometheus
 * @see https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
 */
export function prometheusRule(alerts: string): string {
  const object = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'rollcall', labels: { 'app.kubernetes.io/part-of': 'rollcall' } },
    spec: parse(alerts),
  }
  return `# Written by npm run check:alerts -- --write from alerts.yaml.\n${stringify(object, { lineWidth: 0 })}`
}
