import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')

/** `Map`, `LruMap`, `BigInt64Array` … but not what lets go of its keys, and not what is only read. */
const COLLECTION = /^(?!Weak|Readonly)\w*(Map|Set|Array|Cache|Collection|Queue)$/
const GROWS = new Set(['set', 'add', 'push', 'unshift', 'splice'])

export interface Collection {
  /** From the root of the repository. */
  readonly file: string
  readonly name: string
}

/**
 * Collections in these folders that may outlive what fills them, and grow: a variable of a module that something is added
 * to, or that is exported empty; a field of a class; and a variable of a function that is added to by a function within
 * it, for that one may be kept.
 */
export function longLivedCollections(folders: readonly string[]): Collection[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((it) => it.endsWith('.ts') && !it.includes('generated') && !it.startsWith('testing'))
      .flatMap((it) => collectionsIn(`${folder}/${it}`, readFileSync(join(ROOT, folder, it), 'utf8'))),
  )
}

/** Those of one file. */
export function collectionsIn(file: string, text: string): Collection[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true)
  return nodesOf(source).flatMap((node) => {
    const isHeld =
      (ts.isPropertyDeclaration(node) && isCollection(node)) ||
      (ts.isVariableDeclaration(node) && isCollection(node) && outlives(node, source))
    return isHeld ? [{ file, name: node.name.getText(source) }] : []
  })
}

function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node]
  ts.forEachChild(node, (child) => void nodes.push(...nodesOf(child)))
  return nodes
}

/** By what it begins as, or by what it is declared to be. */
function isCollection({ initializer, type }: ts.VariableDeclaration | ts.PropertyDeclaration): boolean {
  if (initializer !== undefined) {
    if (ts.isArrayLiteralExpression(initializer)) return true
    if (ts.isNewExpression(initializer)) return COLLECTION.test(initializer.expression.getText())
    return isRecord(type) && ts.isObjectLiteralExpression(initializer)
  }
  if (type === undefined) return false
  return ts.isArrayTypeNode(type) || (ts.isTypeReferenceNode(type) && COLLECTION.test(type.typeName.getText()))
}

const isRecord = (type: ts.TypeNode | undefined): boolean =>
  type !== undefined && ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Record'

function outlives(node: ts.VariableDeclaration, source: ts.SourceFile): boolean {
  const name = node.name.getText(source)
  const home = functionAround(node)
  const additions = nodesOf(source).filter((it) => isAdditionTo(name, it))
  if (home === undefined) return additions.length > 0 || isExportedEmpty(node)
  return additions.some((it) => {
    const adder = functionAround(it)
    return adder !== undefined && adder !== home && isWithin(adder, home) && !isCalledAtOnce(adder)
  })
}

function functionAround(node: ts.Node): ts.Node | undefined {
  for (let it = node.parent; it; it = it.parent) if (ts.isFunctionLike(it)) return it
  return undefined
}

function isWithin(node: ts.Node, ancestor: ts.Node): boolean {
  for (let it: ts.Node | undefined = node; it; it = it.parent) if (it === ancestor) return true
  return false
}

/** `name.push(…)`, `name[…] = …` */
function isAdditionTo(name: string, node: ts.Node): boolean {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name: method } = node.expression
    return expression.getText() === name && GROWS.has(method.text)
  }
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return false
  return ts.isElementAccessExpression(node.left) && node.left.expression.getText() === name
}

/** Other files may add to it. */
function isExportedEmpty(node: ts.VariableDeclaration): boolean {
  const statement = node.parent.parent
  const isExported =
    ts.isVariableStatement(statement) && statement.modifiers?.some((it) => it.kind === ts.SyntaxKind.ExportKeyword)
  if (!isExported || !node.initializer) return false
  const { initializer: made } = node
  if (ts.isArrayLiteralExpression(made)) return made.elements.length === 0
  return ts.isNewExpression(made) && (made.arguments?.length ?? 0) === 0
}

const AT_ONCE = new Set([
  'map',
  'flatMap',
  'filter',
  'forEach',
  'forEachChild',
  'some',
  'every',
  'reduce',
  'from',
  'sort',
])

/** The function that is handed to `list.map(…)` is gone when the list is through. */
function isCalledAtOnce(node: ts.Node): boolean {
  const call = node.parent
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false
  return AT_ONCE.has(call.expression.name.text)
}
