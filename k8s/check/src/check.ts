import type { Fault, KubeObject, Rule } from './kube-object.js'
import type { Rendering } from './renderings.js'
import { budgets } from './rules/budgets.js'
import { environment } from './rules/environment.js'
import { heaps } from './rules/heaps.js'
import { images } from './rules/images.js'
import { jobs } from './rules/jobs.js'
import { names } from './rules/names.js'
import { networkPolicies } from './rules/network-policies.js'
import { podSecurity } from './rules/pod-security.js'
import { probes } from './rules/probes.js'
import { references } from './rules/references.js'
import { resources } from './rules/resources.js'
import { services } from './rules/services.js'
import { workloads } from './rules/workloads.js'
import { checkSchema } from './schema/check-schema.js'

const RULES: readonly Rule[] = [
  names,
  podSecurity,
  resources,
  heaps,
  images,
  probes,
  environment,
  references,
  services,
  networkPolicies,
  workloads,
  jobs,
  budgets,
]

/** Everything that is wrong, all at once. The schemas see all renderings together, for it is the types that take the time. */
export async function check(renderings: readonly Rendering[]): Promise<Fault[]> {
  const schemaFaults = await checkSchema(renderings.flatMap(({ objects }) => objects))
  return [...schemaFaults, ...renderings.flatMap(({ objects }) => checkRules(objects))]
}

/** What is against our own rules; the quick part. */
export const checkRules: (objects: readonly KubeObject[]) => Fault[] = (objects) =>
  RULES.flatMap((rule) => [...rule(objects)])
