import { type Fault, type KubeObject, type Labels, ofKind } from '../kube-object.js'
import { monitored } from '../monitored.js'
import { hasPort, matches, podsOf, type Selector } from '../pods.js'

interface ServiceSpec {
  readonly selector?: Labels
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly targetPort?: string | number }[]
}

interface MonitorSpec {
  readonly selector?: Selector
  readonly endpoints?: readonly { readonly port?: string }[]
  readonly podMetricsEndpoints?: readonly { readonly port?: string }[]
}

/** A Service leads to pods that listen; a monitor to what can be scraped. */
export function* services(objects: readonly KubeObject[]): Generator<Fault> {
  // A job's pods share labels with those that stay; they listen on nothing, and are left out where a port is meant.
  const pods = podsOf(objects).filter(({ object }) => object.kind !== 'Job' && object.kind !== 'CronJob')
  const all = ofKind(objects, 'Service')
  for (const object of all) {
    const { selector = {}, ports = [] } = (object.spec ?? {}) as ServiceSpec
    const chosen = pods.filter(({ labels }) => matches({ matchLabels: selector }, labels))
    if (chosen.length === 0) yield { object, path: 'spec.selector', message: 'selects no pod' }
    for (const [index, { port, targetPort = port }] of ports.entries()) {
      if (chosen.every((pod) => hasPort(pod, targetPort))) continue
      yield { object, path: `spec.ports[${index}].targetPort`, message: `its pods have no port ${targetPort}` }
    }
  }
  for (const object of ofKind(objects, 'ServiceMonitor')) {
    const { selector = {}, endpoints = [] } = (object.spec ?? {}) as MonitorSpec
    const chosen = all.filter(({ metadata }) => matches(selector, metadata.labels ?? {}))
    if (chosen.length === 0) yield { object, path: 'spec.selector', message: 'selects no Service' }
    for (const [index, { port }] of endpoints.entries()) {
      const isServed = chosen.every(({ spec }) => (spec as ServiceSpec).ports?.some(({ name }) => name === port))
      if (!isServed)
        yield { object, path: `spec.endpoints[${index}].port`, message: `its Services have no port ${port}` }
    }
  }
  for (const object of ofKind(objects, 'PodMonitor')) {
    const { selector = {}, podMetricsEndpoints = [] } = (object.spec ?? {}) as MonitorSpec
    const chosen = pods.filter(({ labels }) => matches(selector, labels))
    if (chosen.length === 0) yield { object, path: 'spec.selector', message: 'selects no pod' }
    for (const [index, { port = '' }] of podMetricsEndpoints.entries()) {
      if (chosen.every((pod) => hasPort(pod, port))) continue
      yield { object, path: `spec.podMetricsEndpoints[${index}].port`, message: `its pods have no port ${port}` }
    }
  }
  yield* unmonitored(objects)
}

/** Ports under these names serve metrics. */
const METRICS = ['management', 'metrics']

/** An alert about what nobody scrapes never fires: where there are alerts, what stays and has metrics is monitored. */
function* unmonitored(objects: readonly KubeObject[]): Generator<Fault> {
  if (ofKind(objects, 'PrometheusRule').length === 0) return
  const scraped = monitored(objects)
  for (const { object, ports } of podsOf(objects)) {
    for (const { name, number } of ports.filter((it) => METRICS.includes(it.name ?? ''))) {
      if (scraped.some((it) => it.pod.object === object && it.port === number)) continue
      yield { object, path: 'spec', message: `no monitor leads Prometheus to its port ${name}` }
    }
  }
}
