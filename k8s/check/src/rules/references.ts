import { keysOfSecret } from '../external-secrets.js'
import { containersOf, type Fault, type KubeObject, ofKind, type Workload, workloadsOf } from '../kube-object.js'

/** What a pod names exists: its ConfigMaps, Secrets, account, priority and volumes. */
export function* references(objects: readonly KubeObject[]): Generator<Fault> {
  for (const object of ofKind(objects, 'Secret')) {
    yield { object, path: 'data', message: 'a Secret must not be part of the manifests' }
  }
  for (const object of ofKind(objects, 'ServiceAccount')) {
    const { automountServiceAccountToken } = object as { automountServiceAccountToken?: boolean }
    if (automountServiceAccountToken !== false) {
      yield { object, path: 'automountServiceAccountToken', message: 'must be false' }
    }
  }
  for (const workload of workloadsOf(objects)) {
    yield* ofPod(workload, objects)
    yield* ofContainers(workload, objects)
  }
}

function* ofPod({ object, path, pod }: Workload, objects: readonly KubeObject[]): Generator<Fault> {
  const { serviceAccountName, priorityClassName } = pod
  if (!serviceAccountName || !has(objects, 'ServiceAccount', serviceAccountName)) {
    yield {
      object,
      path: `${path}.serviceAccountName`,
      message: `no ServiceAccount ${serviceAccountName ?? 'is named'}`,
    }
  }
  if (!priorityClassName || !has(objects, 'PriorityClass', priorityClassName)) {
    yield { object, path: `${path}.priorityClassName`, message: `no PriorityClass ${priorityClassName ?? 'is named'}` }
  }
}

function* ofContainers(workload: Workload, objects: readonly KubeObject[]): Generator<Fault> {
  const { object, pod } = workload
  const { volumeClaimTemplates = [] } = (object.spec ?? {}) as { volumeClaimTemplates?: readonly KubeObject[] }
  const volumes = [
    ...(pod.volumes ?? []).map(({ name }) => name),
    ...volumeClaimTemplates.map(({ metadata }) => metadata.name),
  ]
  for (const { container, path } of containersOf(workload)) {
    for (const { configMapRef } of container.envFrom ?? []) {
      if (configMapRef?.name && !has(objects, 'ConfigMap', configMapRef.name)) {
        yield { object, path: `${path}.envFrom`, message: `no ConfigMap ${configMapRef.name}` }
      }
    }
    for (const { name, valueFrom } of container.env ?? []) {
      const { secretKeyRef, configMapKeyRef } = valueFrom ?? {}
      const at = `${path}.env[${name}]`
      if (secretKeyRef && !keysOfSecret(secretKeyRef.name ?? '', objects)?.includes(secretKeyRef.key)) {
        yield {
          object,
          path: at,
          message: `nobody makes a Secret ${secretKeyRef.name} with the key ${secretKeyRef.key}`,
        }
      }
      const map = ofKind(objects, 'ConfigMap').find(({ metadata }) => metadata.name === configMapKeyRef?.name)
      if (configMapKeyRef && map?.data?.[configMapKeyRef.key] === undefined) {
        yield { object, path: at, message: `no ConfigMap ${configMapKeyRef.name} with the key ${configMapKeyRef.key}` }
      }
    }
    for (const { name } of container.volumeMounts ?? []) {
      if (!volumes.includes(name)) yield { object, path: `${path}.volumeMounts`, message: `no volume ${name}` }
    }
  }
}

const has = (objects: readonly KubeObject[], kind: string, name: string) =>
  ofKind(objects, kind).some(({ metadata }) => metadata.name === name)
