import type { IPodSpec } from 'kubernetes-models/v1'

/** What every object has. The rest is known by `kind`, and checked by the schema before a rule believes it. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Labels
    readonly annotations?: Labels
  }
  readonly spec?: unknown
  readonly data?: Readonly<Record<string, string>>
}

export type Labels = Readonly<Record<string, string>>

/** Something that is wrong: with which object, at which of its fields, and what would be right. */
export interface Fault {
  readonly object: KubeObject
  readonly path: string
  readonly message: string
}

/** A rule looks at everything that is applied together. */
export type Rule = (objects: readonly KubeObject[]) => Iterable<Fault>

/** An object that makes pods. */
export interface Workload {
  readonly object: KubeObject
  /** Of the pod's spec inside the object. */
  readonly path: string
  readonly labels: Labels
  readonly pod: IPodSpec
}

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels }
  readonly spec?: IPodSpec
}

export function workloadsOf(objects: readonly KubeObject[]): Workload[] {
  return objects.flatMap((object) => {
    const found = templateOf(object)
    if (!found?.template?.spec) return []
    return [{ object, path: found.path, labels: found.template.metadata?.labels ?? {}, pod: found.template.spec }]
  })
}

function templateOf({ kind, spec }: KubeObject): { path: string; template: PodTemplate | undefined } | undefined {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return { path: 'spec.template.spec', template: (spec as { template?: PodTemplate } | undefined)?.template }
    case 'CronJob':
      return {
        path: 'spec.jobTemplate.spec.template.spec',
        template: (spec as { jobTemplate?: { spec?: { template?: PodTemplate } } } | undefined)?.jobTemplate?.spec
          ?.template,
      }
    default:
      return undefined
  }
}

/** `Deployment/api`, as kubectl writes it. */
export const nameOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata?.name}`

export const ofKind = (objects: readonly KubeObject[], kind: string) => objects.filter((it) => it.kind === kind)

/** The init containers too. */
export const containersOf = ({ path, pod }: Workload) => [
  ...(pod.initContainers ?? []).map((container) => ({ container, path: `${path}.initContainers[${container.name}]` })),
  ...(pod.containers ?? []).map((container) => ({ container, path: `${path}.containers[${container.name}]` })),
]
