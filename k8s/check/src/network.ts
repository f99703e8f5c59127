import { BlockList, isIPv6 } from 'node:net'
import { type KubeObject, type Labels, ofKind } from './kube-object.js'
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
  readonly ports?: readonly {
    readonly port?: string | number
    readonly endPort?: number
    readonly protocol?: Protocol
  }[]
}

export interface Peer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] }
}

export type Protocol = 'TCP' | 'UDP'

/** Somebody who is not deployed here: a pod of another namespace, or an address outside of the cluster. */
export interface Outsider {
  /** For a person: `Prometheus`. */
  readonly name: string
  /** Labels of its namespace; undefined for an address. */
  readonly namespace?: Labels
  readonly labels?: Labels
  readonly address?: string
}

/** One side of a connection. */
export type End = Pod | Outsider

export interface Connection {
  readonly from: End
  readonly to: End
  readonly port: number
  readonly protocol?: Protocol
}

export const isPod = (end: End): end is Pod => 'object' in end

/**
 * May `from` connect to `port` of `to`? Both sides must say so: a side that no policy is about lets everything pass, the others
 * only what one of their policies names. What policies an outsider has nobody knows here.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/#the-two-sorts-of-pod-isolation
 */
export function mayConnect(objects: readonly KubeObject[], connection: Connection): boolean {
  const { from, to } = connection
  const about = (end: End, type: 'Ingress' | 'Egress') =>
    ofKind(objects, 'NetworkPolicy')
      .map(({ spec }) => spec as NetworkPolicySpec)
      .filter((spec) => isPod(end) && spec.policyTypes?.includes(type) && matches(spec.podSelector, end.labels))
  const egress = about(from, 'Egress')
  const ingress = about(to, 'Ingress')
  const leaves = egress
    .flatMap((spec) => spec.egress ?? [])
    .some((rule) => hasPort(rule, connection) && hasPeer(rule.to, to))
  const enters = ingress
    .flatMap((spec) => spec.ingress ?? [])
    .some((rule) => hasPort(rule, connection) && hasPeer(rule.from, from))
  return (egress.length === 0 || leaves) && (ingress.length === 0 || enters)
}

/** None named is every port. A name is one of the port that is connected to. */
function hasPort({ ports = [] }: NetworkRule, { to, port, protocol = 'TCP' }: Connection): boolean {
  const name = isPod(to) ? to.ports.find(({ number }) => number === port)?.name : undefined
  return (
    ports.length === 0 ||
    ports.some((it) => {
      if ((it.protocol ?? 'TCP') !== protocol) return false
      if (it.port === undefined || it.port === port || it.port === name) return true
      return typeof it.port === 'number' && it.endPort !== undefined && it.port <= port && port <= it.endPort
    })
  )
}

/** None named is everybody. */
const hasPeer = (peers: readonly Peer[] = [], end: End) => peers.length === 0 || peers.some((peer) => is(peer, end))

function is({ podSelector, namespaceSelector, ipBlock }: Peer, end: End): boolean {
  const address = isPod(end) ? undefined : end.address
  if (ipBlock || address !== undefined) {
    // A block is for what is outside of the cluster: which addresses pods have is not known.
    return ipBlock !== undefined && address !== undefined && isWithin(ipBlock.cidr, address, ipBlock.except)
  }
  const isOurs = isPod(end)
  // Without a selector of namespaces it is pods of the policy's own that are meant.
  if (namespaceSelector ? !matches(namespaceSelector, namespaceOf(end)) : !isOurs) return false
  return podSelector === undefined || matches(podSelector, end.labels ?? {})
}

/** Kubernetes puts this label on every namespace. */
const namespaceOf = (end: End): Labels =>
  isPod(end) ? { 'kubernetes.io/metadata.name': end.object.metadata.namespace ?? '' } : (end.namespace ?? {})

function isWithin(cidr: string, address: string, except: readonly string[] = []): boolean {
  const family = (text: string) => (isIPv6(text) ? 'ipv6' : 'ipv4')
  const has = (block: string) => {
    const [net = '', bits] = block.split('/')
    if (family(net) !== family(address)) return false
    const list = new BlockList()
    list.addSubnet(net, Number(bits), family(net))
    return list.check(address, family(address))
  }
  return has(cidr) && !except.some(has)
}
