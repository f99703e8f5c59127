import { type KubeObject, type Labels, ofKind } from './kube-object.js'
import { matches, type Pod, podsOf, type Selector } from './pods.js'

interface MonitorSpec {
  readonly selector?: Selector
  readonly endpoints?: readonly { readonly port?: string }[]
  readonly podMetricsEndpoints?: readonly { readonly port?: string }[]
}

interface ServiceSpec {
  readonly selector?: Labels
  readonly ports?: readonly { readonly name?: string; readonly targetPort?: string | number }[]
}

/** A port of a pod that Prometheus asks for metrics. */
export interface Scraped {
  readonly pod: Pod
  readonly port: number
}

/** What the monitors lead to; those that lead nowhere are the matter of a rule. */
export function monitored(objects: readonly KubeObject[]): Scraped[] {
  const pods = podsOf(objects)
  const scraped = (selector: Selector, port: string | number | undefined): Scraped[] =>
    pods
      .filter(({ labels }) => matches(selector, labels))
      .flatMap((pod) => {
        const number = pod.ports.find((it) => it.name === port || it.number === port)?.number
        return number === undefined ? [] : [{ pod, port: number }]
      })
  const byPods = ofKind(objects, 'PodMonitor').flatMap(({ spec }) => {
    const { selector = {}, podMetricsEndpoints = [] } = (spec ?? {}) as MonitorSpec
    return podMetricsEndpoints.flatMap(({ port }) => scraped(selector, port))
  })
  const byServices = ofKind(objects, 'ServiceMonitor').flatMap(({ spec }) => {
    const { selector = {}, endpoints = [] } = (spec ?? {}) as MonitorSpec
    const chosen = ofKind(objects, 'Service').filter(({ metadata }) => matches(selector, metadata.labels ?? {}))
    return chosen.flatMap((service) => {
      const { selector: matchLabels = {}, ports = [] } = (service.spec ?? {}) as ServiceSpec
      const served = ports.filter(({ name }) => endpoints.some(({ port }) => port === name))
      return served.flatMap(({ targetPort }) => scraped({ matchLabels }, targetPort))
    })
  })
  return [...byPods, ...byServices]
}
