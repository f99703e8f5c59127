import type { Fault, KubeObject, Rule } from './kube-object.js'
import { budgets } from './rules/budgets.js'
import { environment } from './rules/environment.js'
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

/** Everything that is wrong with what is applied together, all at once. */
export async function check(objects: readonly KubeObject[]): Promise<Fault[]> {
  return [...(await checkSchema(objects)), ...RULES.flatMap((rule) => [...rule(objects)])]
}
