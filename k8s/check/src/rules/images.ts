import { containersOf, type Fault, type KubeObject, ofKind, workloadsOf } from '../kube-object.js'

/** A digest, or a tag with at least two numbers: `20.20.2-bookworm-slim` stays what it is, `latest` and `18` do not. */
const PINNED = /(@sha256:[0-9a-f]{64}|:v?\d+\.\d+[\w.-]*)$/

/** The same manifests run the same code tomorrow. */
export function* images(objects: readonly KubeObject[]): Generator<Fault> {
  const message = (image: unknown) => `${image} must name an exact version or a digest`
  for (const workload of workloadsOf(objects)) {
    for (const { container, path } of containersOf(workload)) {
      const { image = '' } = container
      if (!PINNED.test(image)) yield { object: workload.object, path: `${path}.image`, message: message(image) }
    }
  }
  for (const object of ofKind(objects, 'Cluster')) {
    const { imageName = '' } = (object.spec ?? {}) as { imageName?: string }
    if (!PINNED.test(imageName)) yield { object, path: 'spec.imageName', message: message(imageName) }
  }
}
