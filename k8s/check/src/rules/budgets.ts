import type { IPodSpec } from 'kubernetes-models/v1'
import { type Fault, type KubeObject, ofKind, workloadsOf } from '../kube-object.js'

/** Kept for the database's own processes, the migration and a person with psql. */
const RESERVED_CONNECTIONS = 10

interface Spec {
  readonly maxReplicas?: number
  readonly strategy?: { readonly rollingUpdate?: { readonly maxSurge?: number | string } }
  readonly postgresql?: { readonly parameters?: { readonly max_connections?: string } }
}

/** Sums that no single object shows: connections to the database, and seconds from SIGTERM to SIGKILL. */
export function* budgets(objects: readonly KubeObject[]): Generator<Fault> {
  const api = workloadsOf(objects).find(({ object }) => object.kind === 'Deployment' && object.metadata.name === 'api')
  if (!api) return
  const values = ofKind(objects, 'ConfigMap').find(({ metadata }) => /^api(-\w+)?$/.test(metadata.name))?.data ?? {}

  const autoscaler = ofKind(objects, 'HorizontalPodAutoscaler').find(({ metadata }) => metadata.name === 'api')
  const { maxReplicas = 1 } = (autoscaler?.spec ?? {}) as Spec
  const { maxSurge = 1 } = (api.object.spec as Spec).strategy?.rollingUpdate ?? {}
  const wanted = (maxReplicas + Number(maxSurge)) * Number(values.DATABASE_POOL_SIZE) + RESERVED_CONNECTIONS
  const there = maxConnections(objects)
  if (there !== undefined && !(wanted <= there)) {
    const message = `the pods of the API and ${RESERVED_CONNECTIONS} others open ${wanted} connections; the database has ${there}`
    yield { object: autoscaler ?? api.object, path: 'spec.maxReplicas', message }
  }

  const stopping =
    (api.pod.containers?.[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0) + Number(values.DRAIN_TIMEOUT_MS) / 1_000
  if (!((api.pod.terminationGracePeriodSeconds ?? 30) > stopping)) {
    const message = `must be longer than preStop and DRAIN_TIMEOUT_MS, ${stopping} s`
    yield { object: api.object, path: `${api.path}.terminationGracePeriodSeconds`, message }
  }
  if (!api.pod.containers?.[0]?.lifecycle?.preStop?.sleep) {
    const message = 'is missing: requests would meet a closed door until every node knows'
    yield { object: api.object, path: `${api.path}.containers[0].lifecycle.preStop.sleep`, message }
  }
}

function maxConnections(objects: readonly KubeObject[]): number | undefined {
  const { postgresql } = (ofKind(objects, 'Cluster')[0]?.spec ?? {}) as Spec
  const ofOperator = postgresql?.parameters?.max_connections
  const pod: IPodSpec | undefined = workloadsOf(objects).find(({ object }) => object.metadata.name === 'postgres')?.pod
  const argument = pod?.containers[0]?.args?.find((it) => it.startsWith('max_connections='))
  const text = ofOperator ?? argument?.split('=')[1]
  return text === undefined ? undefined : Number(text)
}
