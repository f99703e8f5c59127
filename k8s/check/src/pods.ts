import { containersOf, type KubeObject, type Labels, ofKind, workloadsOf } from './kube-object.js'

/** A pod as selectors and policies see it. */
export interface Pod {
  readonly object: KubeObject
  readonly labels: Labels
  readonly ports: readonly { readonly name?: string; readonly number: number }[]
}

export interface Selector {
  readonly matchLabels?: Labels
  readonly matchExpressions?: readonly {
    readonly key: string
    readonly operator: string
    readonly values?: readonly string[]
  }[]
}

/** Of every workload, and those that CloudNativePG makes. */
export function podsOf(objects: readonly KubeObject[]): Pod[] {
  const made = ofKind(objects, 'Cluster').map((object) => ({
    object,
    labels: { 'cnpg.io/cluster': object.metadata.name, 'cnpg.io/podRole': 'instance' },
    ports: [{ number: 5_432 }, { number: 8_000 }, { number: 9_187, name: 'metrics' }],
  }))
  const own = workloadsOf(objects).map((workload) => ({
    object: workload.object,
    labels: workload.labels,
    ports: containersOf(workload).flatMap(({ container }) =>
      (container.ports ?? []).map(({ name, containerPort }) => ({ ...(name && { name }), number: containerPort })),
    ),
  }))
  return [...own, ...made]
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors */
export function matches({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key]
      if (operator === 'Exists') return value !== undefined
      if (operator === 'DoesNotExist') return value === undefined
      const isAmong = value !== undefined && values.includes(value)
      return operator === 'In' ? isAmong : !isAmong
    })
  )
}

/** A port by its number or its name. */
export const hasPort = ({ ports }: Pod, port: string | number) =>
  ports.some(({ name, number }) => name === port || number === port)
