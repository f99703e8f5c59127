import type { KubeObject } from './kube-object.js'
import { monitored } from './monitored.js'
import type { Connection, End, Outsider, Protocol } from './network.js'
import { type Pod, podsOf } from './pods.js'

/** A connection that has to be possible, or must not be. */
export interface Flow extends Connection {
  readonly isWanted: boolean
}

const inNamespace = (name: string, of: string): Outsider => ({
  name,
  namespace: { 'kubernetes.io/metadata.name': of },
})

const DNS: Outsider = { ...inNamespace("the cluster's DNS", 'kube-system'), labels: { 'k8s-app': 'kube-dns' } }
const PROMETHEUS = inNamespace('Prometheus', 'monitoring')
const INGRESS = inNamespace('the ingress controller', 'ingress-nginx')
const CLOUDNATIVE_PG = inNamespace('CloudNativePG', 'cnpg-system')
const GUEST: Outsider = {
  name: 'a namespace labelled rollcall/may-use-api',
  namespace: { 'kubernetes.io/metadata.name': 'website', 'rollcall/may-use-api': 'true' },
}
const STRANGER = inNamespace('a pod of any namespace', 'default')

/** Discord and object stores have no fixed addresses: these, which nobody has, stand for all public ones. */
const INTERNET: readonly Outsider[] = [
  { name: 'the internet', address: '203.0.113.1' },
  { name: 'the internet (IPv6)', address: '2001:db8::1' },
]
/** What a program that is made to ask for any URL would be used for. */
const INSIDE: readonly Outsider[] = [
  { name: "a cloud's metadata", address: '169.254.169.254' },
  { name: 'a private address', address: '10.0.0.1' },
]
/** At its Service's port or, where policies see what has become of that, the server's own. */
const KUBERNETES: Outsider = { name: 'the Kubernetes API', address: '10.96.0.1' }

const isApp = (name: string) => (pod: Pod) => pod.labels['app.kubernetes.io/name'] === name
const api = isApp('api')
const migration = isApp('migration')
const botSyncer = isApp('bot-syncer')
const isOfCluster = (pod: Pod) => 'cnpg.io/cluster' in pod.labels
const database = (pod: Pod) => isOfCluster(pod) || isApp('postgres')(pod)
const everyone = () => true

type Side = Outsider | readonly Outsider[] | ((pod: Pod) => boolean)
type Row = readonly [from: Side, to: Side, port: number, protocol?: Protocol]

const POSTGRES_PORT = 5_432

const WANTED: readonly Row[] = [
  [everyone, DNS, 53, 'UDP'],
  [everyone, DNS, 53, 'TCP'],
  [botSyncer, api, 3_000],
  [INGRESS, api, 3_000],
  [GUEST, api, 3_000],
  [botSyncer, INTERNET, 443],
  [api, database, POSTGRES_PORT],
  [migration, database, POSTGRES_PORT],
  // Of each instance: who follows whom, and how it is.
  [isOfCluster, isOfCluster, POSTGRES_PORT],
  [isOfCluster, isOfCluster, 8_000],
  [CLOUDNATIVE_PG, isOfCluster, 8_000],
  [isOfCluster, KUBERNETES, 443],
  [isOfCluster, KUBERNETES, 6_443],
  // The object store of the backups.
  [isOfCluster, INTERNET, 443],
]

const UNWANTED: readonly Row[] = [
  [botSyncer, database, POSTGRES_PORT],
  [botSyncer, api, 3_001],
  [botSyncer, INSIDE, 443],
  [botSyncer, INTERNET, 80],
  [api, botSyncer, 3_001],
  [api, INTERNET, 443],
  [api, INSIDE, 443],
  [STRANGER, api, 3_000],
  [STRANGER, api, 3_001],
  [STRANGER, botSyncer, 3_001],
  [STRANGER, database, POSTGRES_PORT],
  [INGRESS, api, 3_001],
  [INGRESS, database, POSTGRES_PORT],
  [PROMETHEUS, api, 3_000],
  [PROMETHEUS, database, POSTGRES_PORT],
]

/** Who talks to whom, and who must not; and whatever is monitored is reached by Prometheus. */
export function flowsOf(objects: readonly KubeObject[]): Flow[] {
  const pods = podsOf(objects)
  const ends = (side: Side): readonly End[] => {
    if (typeof side === 'function') return pods.filter(side)
    return 'name' in side ? [side] : side
  }
  const flows = (rows: readonly Row[], isWanted: boolean): Flow[] =>
    rows.flatMap(([from, to, port, protocol = 'TCP']) =>
      ends(from).flatMap((source) =>
        ends(to).map((target) => ({ from: source, to: target, port, protocol, isWanted })),
      ),
    )
  const scraped = monitored(objects).map(({ pod, port }) => ({ from: PROMETHEUS, to: pod, port, isWanted: true }))
  return [...flows(WANTED, true), ...scraped, ...flows(UNWANTED, false)]
}
