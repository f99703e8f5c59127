import { type Fault, type KubeObject, nameOf, ofKind } from '../kube-object.js'
import { mayConnect, type NetworkPolicySpec } from '../network.js'
import { matches, type Pod, podsOf } from '../pods.js'

const POSTGRES_PORT = 5_432

const isApp = (name: string) => (pod: Pod) => pod.labels['app.kubernetes.io/name'] === name
const isDatabase = (pod: Pod) => 'cnpg.io/cluster' in pod.labels || isApp('postgres')(pod)

/** Who talks to whom, and who must not. */
const FLOWS = [
  { from: isApp('bot-syncer'), to: isApp('api'), port: 3_000, isWanted: true },
  { from: isApp('api'), to: isDatabase, port: POSTGRES_PORT, isWanted: true },
  { from: isApp('migration'), to: isDatabase, port: POSTGRES_PORT, isWanted: true },
  { from: isApp('bot-syncer'), to: isDatabase, port: POSTGRES_PORT, isWanted: false },
  { from: isApp('bot-syncer'), to: isApp('api'), port: 3_001, isWanted: false },
  { from: isApp('api'), to: isApp('bot-syncer'), port: 3_002, isWanted: false },
]

/** Everything is closed but what is needed, and what is needed is open on both sides. */
export function* networkPolicies(objects: readonly KubeObject[]): Generator<Fault> {
  const pods = podsOf(objects)
  const policies = ofKind(objects, 'NetworkPolicy').map((object) => ({
    object,
    spec: object.spec as NetworkPolicySpec,
  }))
  for (const { object, spec } of policies) {
    const chosen = pods.filter(({ labels }) => matches(spec.podSelector ?? {}, labels))
    if (chosen.length === 0) yield { object, path: 'spec.podSelector', message: 'selects no pod' }
    yield* peers(object, spec, pods)
  }
  for (const { object, labels } of pods) {
    for (const type of ['Ingress', 'Egress'] as const) {
      const isClosed = policies.some(
        ({ spec }) => spec.policyTypes?.includes(type) && matches(spec.podSelector ?? {}, labels),
      )
      if (!isClosed) yield { object, path: 'spec', message: `no NetworkPolicy closes its ${type.toLowerCase()}` }
    }
  }
  for (const { from, to, port, isWanted } of FLOWS) {
    for (const source of pods.filter(from)) {
      for (const target of pods.filter(to)) {
        if (mayConnect(objects, source, target, port) === isWanted) continue
        const verb = isWanted ? 'cannot' : 'can'
        yield { object: source.object, path: 'spec', message: `${verb} reach ${nameOf(target.object)} on port ${port}` }
      }
    }
  }
}

/** A rule for pods that do not exist is a misspelt one. */
function* peers(object: KubeObject, spec: NetworkPolicySpec, pods: readonly Pod[]): Generator<Fault> {
  const rules = [
    ...(spec.ingress ?? []).map(({ from = [] }, index) => ({ path: `spec.ingress[${index}].from`, list: from })),
    ...(spec.egress ?? []).map(({ to = [] }, index) => ({ path: `spec.egress[${index}].to`, list: to })),
  ]
  for (const { path, list } of rules) {
    for (const [index, { podSelector, namespaceSelector }] of list.entries()) {
      if (!podSelector || namespaceSelector || pods.some(({ labels }) => matches(podSelector, labels))) continue
      yield { object, path: `${path}[${index}].podSelector`, message: 'selects no pod' }
    }
  }
}
