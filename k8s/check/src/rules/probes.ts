import type { IContainer, IProbe } from 'kubernetes-models/v1'
import { containersOf, type Fault, type KubeObject, workloadsOf } from '../kube-object.js'

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'] as const
type Probe = (typeof PROBES)[number]

/** Where ours answer them. Liveness must not look at the database: restarting the API does not mend it. */
const PATHS: Readonly<Record<string, Readonly<Record<Probe, string>>>> = {
  api: { startupProbe: '/livez', livenessProbe: '/livez', readinessProbe: '/readyz' },
  'bot-syncer': { startupProbe: '/livez', livenessProbe: '/livez', readinessProbe: '/livez' },
}

/** What stays up says how it is. */
export function* probes(objects: readonly KubeObject[]): Generator<Fault> {
  for (const workload of workloadsOf(objects)) {
    const { object } = workload
    if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') continue
    for (const { container, path } of containersOf(workload)) {
      for (const name of PROBES) {
        const message = fault(container, container[name], name)
        if (message) yield { object, path: `${path}.${name}`, message }
      }
    }
  }
}

function fault(container: IContainer, probe: IProbe | undefined, name: Probe): string | undefined {
  if (!probe) return 'is missing'
  if (!probe.httpGet) return undefined
  const { port, path } = probe.httpGet
  const listens = container.ports?.some((it) => it.name === port || it.containerPort === port)
  if (!listens) return `port ${port} is not one of the container's`
  const expected = PATHS[container.name]?.[name]
  if (!expected) return undefined
  if (port !== 'management') return 'must ask the management port: a flood on the public one would fail it'
  return path === expected ? undefined : `must ask ${expected}`
}
