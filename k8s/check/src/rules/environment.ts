import { z } from 'zod'
// The programs themselves say what they read. This check is built with them and never deployed.
import { Env as ApiEnv } from '../../../../apps/api/src/config.js'
import { Env as BotSyncerEnv } from '../../../../apps/bot-syncer/src/config.js'
import { LiveEnv } from '../../../../apps/bot-syncer/src/live/live-config.js'
import { containersOf, type Fault, type KubeObject, ofKind, type Workload, workloadsOf } from '../kube-object.js'

type Container = ReturnType<typeof containersOf>[number]['container']

/** Read by Node or the C library, whatever runs. */
const OF_THE_RUNTIME = ['NODE_OPTIONS', 'UV_THREADPOOL_SIZE', 'TZ']

/** Variables that let somebody in. */
const SECRET = /TOKEN|PASSWORD|SECRET|^DATABASE_URL$|^WEBHOOK_URL$/

/** The value is in a Secret, out of sight. */
const HIDDEN = Symbol('hidden')
type Value = string | typeof HIDDEN

/** Every variable is one that the program reads, with a value it takes; every required one is there; secrets are Secrets. */
export function* environment(objects: readonly KubeObject[]): Generator<Fault> {
  for (const workload of workloadsOf(objects)) {
    for (const { container, path } of containersOf(workload)) {
      const at = (name: string, message: string): Fault => ({
        object: workload.object,
        path: `${path}.env[${name}]`,
        message,
      })
      const values = valuesOf(container, objects)
      for (const [name, value] of values) {
        if (SECRET.test(name) && value !== HIDDEN) yield at(name, 'is a secret: take it from a Secret')
      }
      const schema = schemaOf(container)
      if (!schema) continue
      yield* judged(schema, values, at)
      yield* listening(workload, container, schema, values, at)
    }
  }
}

type At = (name: string, message: string) => Fault

/** What runs is told by the image and its first argument. */
function schemaOf({ image = '', args = [] }: Container): z.ZodObject | undefined {
  const [, name] = /(?:^|\/)rollcall\/([\w-]+)(?:[:@]|$)/.exec(image) ?? []
  if (name === 'bot-syncer') return args[0] === 'live' ? LiveEnv : BotSyncerEnv
  if (name !== 'api') return undefined
  return args[0] === 'apps/api/dist/main.js' ? ApiEnv : z.object({ DATABASE_URL: ApiEnv.shape.DATABASE_URL })
}

/** As the kubelet does it: `env` wins over `envFrom`. */
function valuesOf(container: Container, objects: readonly KubeObject[]): Map<string, Value> {
  const values = new Map<string, Value>()
  for (const { configMapRef, prefix = '' } of container.envFrom ?? []) {
    const data = ofKind(objects, 'ConfigMap').find((it) => it.metadata.name === configMapRef?.name)?.data ?? {}
    for (const [name, value] of Object.entries(data)) values.set(prefix + name, value)
  }
  for (const { name, value, valueFrom } of container.env ?? []) values.set(name, valueFrom ? HIDDEN : (value ?? ''))
  return values
}

/** The program's own judgement, rules that join variables included. */
function* judged(schema: z.ZodObject, values: ReadonlyMap<string, Value>, at: At): Generator<Fault> {
  const given: Record<string, string> = {}
  for (const [name, value] of values) {
    const type = schema.shape[name]
    if (!type) {
      if (!OF_THE_RUNTIME.includes(name)) yield at(name, 'is not a variable that the program reads')
    } else if (value !== '') given[name] = value === HIDDEN ? standIn(type) : value
  }
  for (const { path, message } of schema.safeParse(given).error?.issues ?? []) {
    const name = String(path[0])
    yield at(name, name in given ? `has a value that the program refuses: ${message}` : `is required: ${message}`)
  }
}

/** Some value that the program takes, for one that only the cluster knows. */
const standIn = (type: z.core.$ZodType) =>
  ['hidden', 'https://hidden.example', 'postgres://hidden.example'].find((it) => z.safeParse(type, it).success) ?? ''

const PORTS: Readonly<Record<string, string>> = { public: 'PORT', management: 'MANAGEMENT_PORT' }

/** What the pod says it listens on is what the program is told, and on every address of the pod. */
function* listening(
  { object }: Workload,
  container: Container,
  { shape }: z.ZodObject,
  values: ReadonlyMap<string, Value>,
  at: At,
) {
  if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return
  const hosts = new Set<string>()
  for (const { name = '', containerPort } of container.ports ?? []) {
    const variable = PORTS[name]
    if (!variable) continue
    // The API has one address for both of its ports; the syncer has only the one for operators.
    hosts.add('HOST' in shape ? 'HOST' : 'MANAGEMENT_HOST')
    if (values.get(variable) !== `${containerPort}`) {
      yield at(variable, `must be ${containerPort}, the container's port named ${name}`)
    }
  }
  for (const host of hosts) {
    if (values.get(host) !== '0.0.0.0') yield at(host, 'must be 0.0.0.0: nobody outside the pod reaches another')
  }
}
