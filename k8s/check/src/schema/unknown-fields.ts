import { join } from 'node:path'
import ts from 'typescript'
import type { Fault, KubeObject } from '../kube-object.js'
import { MODELS, NEWER_FIELDS } from './models.js'

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  types: [],
}

/**
 * Finds misspelt fields, all of them. The schemas allow any field beside the known ones, and the API server drops it with a
 * warning; so TypeScript reads the types of the objects' kinds, and each object is walked along its type.
 *
 * It costs about a second, once for all objects.
 */
export function findUnknownFields(objects: readonly KubeObject[]): Fault[] {
  const { checker, typeOf } = readTypes(objects)

  function* walk(value: unknown, type: ts.Type, path: string): Generator<string> {
    const types = (type.isUnion() ? type.types : [type]).filter((it) => it.flags & ts.TypeFlags.Object)
    // `any`, `unknown` and the like: anything goes.
    if (types.length === 0) return
    if (Array.isArray(value)) {
      const items = types.map((it) => checker.getIndexTypeOfType(it, ts.IndexKind.Number)).find(Boolean)
      if (items) for (const [index, item] of value.entries()) yield* walk(item, items, `${path}[${index}]`)
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, field] of Object.entries(value)) {
        const inside = `${path}${path && '.'}${key}`
        const types_ = types.map((it) => fieldType(it, key)).filter((it) => it !== undefined)
        if (types_.length === 0 && types.every(isClosed)) yield inside
        else if (types_[0]) yield* walk(field, types_[0], inside)
      }
    }
  }

  function fieldType(type: ts.Type, key: string): ts.Type | undefined {
    const property = checker.getPropertyOfType(type, key)
    return property
      ? checker.getNonNullableType(checker.getTypeOfSymbol(property))
      : checker.getIndexTypeOfType(type, ts.IndexKind.String)
  }

  /** `{}` and `object` describe nothing and so forbid nothing. */
  const isClosed = (type: ts.Type) => checker.getPropertiesOfType(type).length > 0

  return objects.flatMap((object) => {
    const type = typeOf(object)
    const paths = type ? [...walk(object, type, '')] : []
    const unknown = paths.filter((path) => !NEWER_FIELDS[object.kind]?.includes(path))
    return unknown.map((path) => ({ object, path, message: 'is not a known field' }))
  })
}

/** Compiles one file that exists in memory only and names the type of each kind. */
function readTypes(objects: readonly KubeObject[]) {
  const aliases = new Map<string, string>()
  for (const { apiVersion, kind } of objects) {
    const module = MODELS[apiVersion]?.module
    if (module && /^\w+$/.test(kind)) aliases.set(`${apiVersion}/${kind}`, `import('${module}').I${kind}`)
  }
  const names = [...aliases.keys()]
  const source = [...aliases.values()].map((type, index) => `export type T${index} = ${type}`).join('\n')

  const file = join(import.meta.dirname, 'kinds.mts')
  const host = ts.createCompilerHost(OPTIONS)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = (path) => path === file || fileExists.call(host, path)
  host.readFile = (path) => (path === file ? source : readFile.call(host, path))
  host.getSourceFile = (path, language, ...rest) =>
    path === file
      ? ts.createSourceFile(path, source, language, true)
      : getSourceFile.call(host, path, language, ...rest)
  const program = ts.createProgram([file], OPTIONS, host)
  const checker = program.getTypeChecker()
  const declared = program.getSourceFile(file)?.statements.filter(ts.isTypeAliasDeclaration) ?? []

  const typeOf = ({ apiVersion, kind }: KubeObject): ts.Type | undefined => {
    const alias = declared[names.indexOf(`${apiVersion}/${kind}`)]
    return alias && checker.getTypeAtLocation(alias.name)
  }
  return { checker, typeOf }
}
