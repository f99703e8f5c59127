import { containersOf, type Fault, type KubeObject, ofKind, workloadsOf } from '../kube-object.js'

type Quantities = Readonly<Record<string, string | number>> | undefined

/** Everything is bounded. Memory that is promised is memory that is there: its limit is its request. */
export function* resources(objects: readonly KubeObject[]): Generator<Fault> {
  for (const workload of workloadsOf(objects)) {
    const { object, pod } = workload
    for (const { container, path } of containersOf(workload)) {
      const at = (field: string, message: string): Fault => ({ object, path: `${path}.resources.${field}`, message })
      const { requests, limits }: { requests?: Quantities; limits?: Quantities } = container.resources ?? {}
      for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
        if (requests?.[name] === undefined) yield at(`requests.${name}`, 'is missing')
      }
      for (const name of ['memory', 'ephemeral-storage']) {
        if (limits?.[name] === undefined) yield at(`limits.${name}`, 'is missing')
      }
      if (limits?.memory !== requests?.memory) yield at('limits.memory', 'must equal the request')
      if (limits?.cpu !== undefined) yield at('limits.cpu', 'must not be set: a quota makes quick answers slow')
    }
    for (const { name, emptyDir } of pod.volumes ?? []) {
      const path = `${workload.path}.volumes[${name}].emptyDir`
      if (emptyDir && !emptyDir.sizeLimit) yield { object, path: `${path}.sizeLimit`, message: 'is missing' }
      if (emptyDir?.medium) yield { object, path: `${path}.medium`, message: 'must not count as memory of the pod' }
    }
  }
  for (const object of ofKind(objects, 'Cluster')) yield* clusterResources(object)
}

/** A database is never what a node takes memory or time back from. */
function* clusterResources(object: KubeObject): Generator<Fault> {
  const { requests, limits } =
    (object.spec as { resources?: { requests?: Quantities; limits?: Quantities } } | undefined)?.resources ?? {}
  for (const name of ['cpu', 'memory']) {
    if (requests?.[name] === undefined || limits?.[name] !== requests[name]) {
      yield { object, path: `spec.resources.limits.${name}`, message: 'must be set and equal the request' }
    }
  }
}
