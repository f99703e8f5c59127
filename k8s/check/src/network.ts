import { type KubeObject, ofKind } from './kube-object.js'
import { matches, type Pod, type Selector } from './pods.js'

export interface NetworkPolicySpec {
  readonly podSelector: Selector
  readonly policyTypes?: readonly ('Ingress' | 'Egress')[]
  readonly ingress?: readonly NetworkRule[]
  readonly egress?: readonly NetworkRule[]
}

interface NetworkRule {
  readonly from?: readonly Peer[]
  readonly to?: readonly Peer[]
  readonly ports?: readonly { readonly port?: string | number }[]
}

export interface Peer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: object
}

/**
 * May `from` connect to `port` of `to`, both in this namespace? Both sides must say so: a side that no policy is about lets
 * everything pass, the others only what one of their policies names.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
 */
export function mayConnect(objects: readonly KubeObject[], from: Pod, to: Pod, port: number): boolean {
  const about = (pod: Pod, type: 'Ingress' | 'Egress') =>
    ofKind(objects, 'NetworkPolicy')
      .map(({ spec }) => spec as NetworkPolicySpec)
      .filter((spec) => spec.policyTypes?.includes(type) && matches(spec.podSelector, pod.labels))
  const egress = about(from, 'Egress')
  const ingress = about(to, 'Ingress')
  const leaves = egress.flatMap((spec) => spec.egress ?? []).some((rule) => lets(rule, rule.to, to, to, port))
  const enters = ingress.flatMap((spec) => spec.ingress ?? []).some((rule) => lets(rule, rule.from, from, to, port))
  return (egress.length === 0 || leaves) && (ingress.length === 0 || enters)
}

function lets({ ports }: NetworkRule, peers: readonly Peer[] | undefined, peer: Pod, to: Pod, port: number): boolean {
  const name = to.ports.find(({ number }) => number === port)?.name
  const isPort =
    ports === undefined || ports.some((it) => it.port === undefined || it.port === port || it.port === name)
  const isPeer =
    peers === undefined ||
    peers.some(
      // A namespace's label says nothing of this namespace; an address block is for what is outside the cluster.
      ({ podSelector, namespaceSelector }) =>
        podSelector !== undefined && namespaceSelector === undefined && matches(podSelector, peer.labels),
    )
  return isPort && isPeer
}
