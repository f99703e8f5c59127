import { type Flow, flowsOf } from '../flows.js'
import { type Fault, type KubeObject, nameOf, ofKind } from '../kube-object.js'
import { type End, isPod, mayConnect, type NetworkPolicySpec } from '../network.js'
import { matches, type Pod, podsOf } from '../pods.js'

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
  for (const flow of flowsOf(objects)) {
    if (mayConnect(objects, flow) !== flow.isWanted) yield* fault(flow)
  }
}

const named = (end: End) => (isPod(end) ? nameOf(end.object) : end.name)

/** Told of the side that is ours; of the one that connects where both are. */
function* fault({ from, to, port, protocol, isWanted }: Flow): Generator<Fault> {
  const verb = isWanted ? 'cannot' : 'can'
  const on = `on ${protocol === 'UDP' ? 'UDP ' : ''}port ${port}`
  if (isPod(from)) yield { object: from.object, path: 'spec', message: `${verb} reach ${named(to)} ${on}` }
  else if (isPod(to)) yield { object: to.object, path: 'spec', message: `${named(from)} ${verb} reach it ${on}` }
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
