import type { IContainer, IProbe } from 'kubernetes-models/v1'
import { containersOf, type Fault, type KubeObject, workloadsOf } from '../kube-object.js'

/** Whoever has a reason to go without says it in this annotation. */
export const WITHOUT_PROBES = 'rollcall/without-probes'

/** Where the API answers them. Liveness must not look at the database: restarting the API does not mend it. */
const API_PATHS = { startupProbe: '/livez', livenessProbe: '/livez', readinessProbe: '/readyz' } as const
const PROBES = Object.keys(API_PATHS) as (keyof typeof API_PATHS)[]

/** What stays up says how it is. */
export function* probes(objects: readonly KubeObject[]): Generator<Fault> {
  for (const workload of workloadsOf(objects)) {
    const { object } = workload
    if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') continue
    if (object.metadata.annotations?.[WITHOUT_PROBES]) continue
    for (const { container, path } of containersOf(workload)) {
      for (const name of PROBES) {
        const message = fault(container, container[name], name)
        if (message) yield { object, path: `${path}.${name}`, message }
      }
    }
  }
}

function fault(container: IContainer, probe: IProbe | undefined, name: keyof typeof API_PATHS): string | undefined {
  if (!probe) return 'is missing'
  if (!probe.httpGet) return undefined
  const { port, path } = probe.httpGet
  const listens = container.ports?.some((it) => it.name === port || it.containerPort === port)
  if (!listens) return `port ${port} is not one of the container's`
  if (container.name !== 'api') return undefined
  if (port !== 'management') return 'must ask the management port: a flood on the public one would fail it'
  return path === API_PATHS[name] ? undefined : `must ask ${API_PATHS[name]}`
}
