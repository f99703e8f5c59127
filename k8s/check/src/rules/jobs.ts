import type { IJobSpec } from 'kubernetes-models/batch/v1'
import { type Fault, type KubeObject, ofKind } from '../kube-object.js'

/** Exit codes of the bot syncer that another try at once does not change: usage, partial, held for a person, and a guild that rests. */
const FINAL_EXIT_CODES = [2, 3, 4, 5]
const MAX_BACKOFF_LIMIT = 5

interface CronJobSpec {
  readonly concurrencyPolicy?: string
  readonly startingDeadlineSeconds?: number
  readonly successfulJobsHistoryLimit?: number
  readonly failedJobsHistoryLimit?: number
  readonly jobTemplate?: { readonly spec?: IJobSpec }
}

/** A job ends, one way or the other, and does not try for ever. */
export function* jobs(objects: readonly KubeObject[]): Generator<Fault> {
  for (const object of ofKind(objects, 'Job')) yield* job(object, object.spec as IJobSpec | undefined, 'spec')
  for (const object of ofKind(objects, 'CronJob')) {
    const spec = (object.spec ?? {}) as CronJobSpec
    if (spec.concurrencyPolicy !== 'Forbid') {
      yield { object, path: 'spec.concurrencyPolicy', message: 'must be Forbid: a guild has one syncer' }
    }
    for (const field of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit'] as const) {
      if (spec[field] === undefined) yield { object, path: `spec.${field}`, message: 'is missing' }
    }
    yield* job(object, spec.jobTemplate?.spec, 'spec.jobTemplate.spec')
    yield* finalExitCodes(object, spec.jobTemplate?.spec)
  }
}

function* job(object: KubeObject, spec: IJobSpec | undefined, path: string): Generator<Fault> {
  const { activeDeadlineSeconds, backoffLimit, template } = spec ?? {}
  if (!activeDeadlineSeconds) yield { object, path: `${path}.activeDeadlineSeconds`, message: 'is missing' }
  if (backoffLimit === undefined || backoffLimit > MAX_BACKOFF_LIMIT) {
    yield { object, path: `${path}.backoffLimit`, message: `must be set, to at most ${MAX_BACKOFF_LIMIT}` }
  }
  if (template?.spec?.restartPolicy !== 'Never') {
    const message = 'must be Never: each try is a pod of its own, with its log'
    yield { object, path: `${path}.template.spec.restartPolicy`, message }
  }
}

function* finalExitCodes(object: KubeObject, spec: IJobSpec | undefined): Generator<Fault> {
  const final = (spec?.podFailurePolicy?.rules ?? [])
    .filter(({ action, onExitCodes }) => action === 'FailJob' && onExitCodes?.operator === 'In')
    .flatMap(({ onExitCodes }) => onExitCodes?.values ?? [])
  for (const code of FINAL_EXIT_CODES) {
    const path = 'spec.jobTemplate.spec.podFailurePolicy'
    if (!final.includes(code)) yield { object, path, message: `must fail the job at exit code ${code}` }
  }
}
