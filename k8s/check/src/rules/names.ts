import { type Fault, type KubeObject, nameOf, ofKind } from '../kube-object.js'

const OF_THE_CLUSTER = ['Namespace', 'PriorityClass']

/** Everything is in the one namespace that is made here, and no two objects share a name. */
export function* names(objects: readonly KubeObject[]): Generator<Fault> {
  const namespace = ofKind(objects, 'Namespace')[0]?.metadata.name
  const seen = new Set<string>()
  for (const object of objects) {
    const { kind, metadata } = object
    if (!OF_THE_CLUSTER.includes(kind) && metadata.namespace !== namespace) {
      yield { object, path: 'metadata.namespace', message: `must be ${namespace}` }
    }
    if (metadata.labels?.['app.kubernetes.io/part-of'] !== 'rollcall') {
      yield { object, path: 'metadata.labels[app.kubernetes.io/part-of]', message: 'must be rollcall' }
    }
    if (seen.has(nameOf(object))) yield { object, path: 'metadata.name', message: 'is taken by another object' }
    seen.add(nameOf(object))
  }
}
