import { execa } from 'execa'
import { parseAllDocuments } from 'yaml'
import type { KubeObject } from './kube-object.js'

/** kubectl is the one program that npm cannot bring. */
export class NoKubectlError extends Error {
  override readonly name = 'NoKubectlError'

  constructor() {
    super(
      'kubectl is not on this machine; get it as https://kubernetes.io/docs/tasks/tools says (on Debian: apt install kubernetes-client).',
    )
  }
}

/**
 * What `kubectl apply -k` would send, without a cluster.
 *
 * @throws {@link NoKubectlError}; an Error with kubectl's words when the folder cannot be rendered
 */
export async function render(folder: string): Promise<KubeObject[]> {
  const { stdout, stderr, exitCode, code } = await execa('kubectl', ['kustomize', folder], {
    reject: false,
    timeout: 60_000,
    maxBuffer: 16 * 1_024 * 1_024,
  })
  if (code === 'ENOENT') throw new NoKubectlError()
  if (exitCode !== 0) throw new Error(`${folder} cannot be rendered: ${stderr.trim()}`)
  return parseObjects(stdout)
}

/** As Kubernetes reads it, whose YAML is 1.1: a bare `Off` is false there. */
export function parseObjects(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml, { version: '1.1' }).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS() as KubeObject
  })
}
