import { containersOf, type Fault, type KubeObject, ofKind, workloadsOf } from '../kube-object.js'

/**
 * The restricted Pod Security Standard, a read-only root and no credentials of the cluster.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
 */
export function* podSecurity(objects: readonly KubeObject[]): Generator<Fault> {
  for (const object of ofKind(objects, 'Namespace')) {
    const level = object.metadata.labels?.['pod-security.kubernetes.io/enforce']
    if (level !== 'restricted') {
      const path = 'metadata.labels[pod-security.kubernetes.io/enforce]'
      yield { object, path, message: 'must be restricted' }
    }
  }
  for (const workload of workloadsOf(objects)) {
    const { object, path, pod } = workload
    const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {}
    const must = (field: string, message: string): Fault => ({ object, path: `${path}.${field}`, message })
    if (runAsNonRoot !== true) yield must('securityContext.runAsNonRoot', 'must be true')
    if (!runAsUser) yield must('securityContext.runAsUser', 'must be a number, not 0: the kubelet cannot judge a name')
    if (seccompProfile?.type !== 'RuntimeDefault')
      yield must('securityContext.seccompProfile', 'must be RuntimeDefault')
    if (pod.automountServiceAccountToken !== false) yield must('automountServiceAccountToken', 'must be false')
    if (pod.enableServiceLinks !== false) {
      yield must('enableServiceLinks', 'must be false: services would become variables such as API_PORT')
    }
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC'] as const) {
      if (pod[field]) yield must(field, 'must not be set')
    }
    for (const volume of pod.volumes ?? []) {
      if (volume.hostPath) yield must(`volumes[${volume.name}].hostPath`, 'must not be used')
    }
    yield* containerSecurity(workload)
  }
}

function* containerSecurity(workload: Parameters<typeof containersOf>[0]): Generator<Fault> {
  for (const { container, path } of containersOf(workload)) {
    const context = container.securityContext ?? {}
    const must = (field: string, message: string): Fault => ({
      object: workload.object,
      path: `${path}.securityContext.${field}`,
      message,
    })
    if (context.allowPrivilegeEscalation !== false) yield must('allowPrivilegeEscalation', 'must be false')
    if (context.readOnlyRootFilesystem !== true) yield must('readOnlyRootFilesystem', 'must be true')
    if (context.capabilities?.drop?.join() !== 'ALL') yield must('capabilities.drop', 'must be [ALL]')
    if (context.capabilities?.add?.length) yield must('capabilities.add', 'must be empty')
    if (context.privileged) yield must('privileged', 'must not be set')
    if (context.runAsUser === 0 || context.runAsNonRoot === false) yield must('runAsUser', 'must not be root')
  }
}
