import { type Fault, type KubeObject, ofKind, workloadsOf } from '../kube-object.js'
import { matches, podsOf, type Selector } from '../pods.js'

interface Spec {
  readonly replicas?: number
  readonly suspend?: boolean
  readonly selector?: Selector
  readonly strategy?: { readonly type?: string; readonly rollingUpdate?: RollingUpdate }
  readonly maxUnavailable?: number | string
  readonly unhealthyPodEvictionPolicy?: string
  readonly scaleTargetRef?: Target
  readonly targetRef?: Target
  readonly metrics?: readonly { readonly resource?: { readonly name?: string; readonly target?: MetricTarget } }[]
  readonly updatePolicy?: { readonly updateMode?: string }
}

interface RollingUpdate {
  readonly maxUnavailable?: number | string
}

interface MetricTarget {
  readonly averageUtilization?: number
}

interface Target {
  readonly kind: string
  readonly name: string
}

/** In percent of the request: with less, idle pods are added; with more, there is nothing left for the time that a start takes. */
const MIN_UTILIZATION = 20
const MAX_UTILIZATION = 90

/** Controllers, autoscalers and budgets are about the pods they mean. */
export function* workloads(objects: readonly KubeObject[]): Generator<Fault> {
  for (const { object, labels } of workloadsOf(objects)) {
    const { selector, strategy } = (object.spec ?? {}) as Spec
    if (selector && !matches(selector, labels)) {
      yield { object, path: 'spec.selector', message: "does not match the labels of its pods' template" }
    }
    if (object.kind === 'Deployment' && labels['app.kubernetes.io/name'] === 'bot-syncer') {
      if (strategy?.type !== 'Recreate') yield { object, path: 'spec.strategy.type', message: 'must be Recreate' }
      if ((object.spec as Spec).replicas !== 1) yield { object, path: 'spec.replicas', message: 'must be 1' }
    }
    if (object.kind === 'Deployment' && labels['app.kubernetes.io/name'] === 'api') yield* rollingUpdates(object)
  }
  yield* oneSyncer(objects)
  yield* disruptionBudgets(objects)
  yield* autoscalers(objects)
}

const isSyncerThatStays = ({ kind }: KubeObject, labels: Readonly<Record<string, string>>) =>
  ['Deployment', 'StatefulSet'].includes(kind) && labels['app.kubernetes.io/name'] === 'bot-syncer'

/** Either one that stays, with the CronJob suspended, from which runs by hand are made; or the CronJob. */
function* oneSyncer(objects: readonly KubeObject[]): Generator<Fault> {
  const stays = workloadsOf(objects).some(({ object, labels }) => isSyncerThatStays(object, labels))
  for (const object of ofKind(objects, 'CronJob')) {
    const isSuspended = (object.spec as Spec).suspend === true
    if (stays && !isSuspended) {
      yield { object, path: 'spec.suspend', message: 'must be true beside a syncer that stays: a guild has one' }
    } else if (!stays && isSuspended) {
      yield { object, path: 'spec.suspend', message: 'must not be set: nobody else reconciles' }
    }
  }
}

/** A version that does not come up must cost nothing: the pods before it serve until the new ones are ready. */
function* rollingUpdates(object: KubeObject): Generator<Fault> {
  const { type, rollingUpdate } = (object.spec as Spec).strategy ?? {}
  if (type !== 'RollingUpdate') yield { object, path: 'spec.strategy.type', message: 'must be RollingUpdate' }
  else if (rollingUpdate?.maxUnavailable !== 0) {
    const message = 'must be 0: pods go only when others are ready'
    yield { object, path: 'spec.strategy.rollingUpdate.maxUnavailable', message }
  }
}

function* disruptionBudgets(objects: readonly KubeObject[]): Generator<Fault> {
  const pods = podsOf(objects)
  for (const object of ofKind(objects, 'PodDisruptionBudget')) {
    const { selector, maxUnavailable, unhealthyPodEvictionPolicy } = (object.spec ?? {}) as Spec
    if (!selector || !pods.some(({ labels }) => matches(selector, labels))) {
      yield { object, path: 'spec.selector', message: 'selects no pod' }
    }
    if (maxUnavailable !== 1) yield { object, path: 'spec.maxUnavailable', message: 'must be 1' }
    if (unhealthyPodEvictionPolicy !== 'AlwaysAllow') {
      yield { object, path: 'spec.unhealthyPodEvictionPolicy', message: 'must be AlwaysAllow' }
    }
  }
}

function* autoscalers(objects: readonly KubeObject[]): Generator<Fault> {
  const find = (target: Target | undefined) =>
    objects.find(({ kind, metadata }) => kind === target?.kind && metadata.name === target.name)
  for (const object of ofKind(objects, 'HorizontalPodAutoscaler')) {
    const { scaleTargetRef, metrics = [] } = (object.spec ?? {}) as Spec
    const target = find(scaleTargetRef)
    if (!target)
      yield { object, path: 'spec.scaleTargetRef', message: `no ${scaleTargetRef?.kind} ${scaleTargetRef?.name}` }
    else if ((target.spec as Spec).replicas !== undefined) {
      yield { object: target, path: 'spec.replicas', message: 'must be left to the autoscaler' }
    }
    for (const [index, { resource }] of metrics.entries()) {
      const path = `spec.metrics[${index}]`
      if (resource?.name !== 'cpu') yield { object, path, message: 'must be of CPU only' }
      const { averageUtilization = 0 } = resource?.target ?? {}
      if (!(averageUtilization >= MIN_UTILIZATION && averageUtilization <= MAX_UTILIZATION)) {
        const message = `must be a share of the request, ${MIN_UTILIZATION} to ${MAX_UTILIZATION} %`
        yield { object, path: `${path}.resource.target.averageUtilization`, message }
      }
    }
  }
  for (const object of ofKind(objects, 'VerticalPodAutoscaler')) {
    const { targetRef, updatePolicy } = (object.spec ?? {}) as Spec
    if (!find(targetRef)) yield { object, path: 'spec.targetRef', message: `no ${targetRef?.kind} ${targetRef?.name}` }
    if (updatePolicy?.updateMode !== 'Off')
      yield { object, path: 'spec.updatePolicy.updateMode', message: 'must be Off' }
  }
}
