import type { Fault, KubeObject } from '../kube-object.js'
import { MODELS } from './models.js'
import { ObjectStore } from './object-store.js'
import { findUnknownFields } from './unknown-fields.js'

type Model = new (data: object) => { validate(): void }

/** What ajv, inside the models, tells of one value. */
interface SchemaError {
  readonly instancePath: string
  readonly message?: string
}

/** Every value against the schema of its kind, and every field against the types: none may be unknown. */
export async function checkSchema(objects: readonly KubeObject[]): Promise<Fault[]> {
  const own = objects.filter((object) => object.kind === 'ObjectStore').flatMap(checkObjectStore)
  const others = objects.filter((object) => object.kind !== 'ObjectStore')
  const known = others.filter((object) => MODELS[object.apiVersion])
  const unknown = others.filter((object) => !MODELS[object.apiVersion])
  return [
    ...unknown.map((object) => ({ object, path: 'apiVersion', message: `${object.apiVersion} has no schema here` })),
    ...(await Promise.all(known.map(checkValues))).flat(),
    ...findUnknownFields(known),
    ...own,
  ]
}

async function checkValues(object: KubeObject): Promise<Fault[]> {
  const models = (await MODELS[object.apiVersion]?.load()) as Readonly<Record<string, Model | undefined>>
  const Model = models[object.kind]
  if (!Model) return [{ object, path: 'kind', message: `${object.apiVersion} has no ${object.kind}` }]
  try {
    new Model(object).validate()
    return []
  } catch (error) {
    const { errors } = error as { errors?: readonly SchemaError[] }
    if (!errors) throw error
    return errors.map(({ instancePath, message = 'is not valid' }) => ({ object, path: toPath(instancePath), message }))
  }
}

function checkObjectStore(object: KubeObject): Fault[] {
  const issues = ObjectStore.safeParse(object).error?.issues ?? []
  return issues.map(({ path, message }) => ({ object, path: path.join('.'), message }))
}

/** `/spec/containers/0/name` is `spec.containers[0].name`. */
const toPath = (pointer: string) =>
  pointer
    .slice(1)
    .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
