import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { ADDS, type Holder, holderOf } from './collection-holders.js'
import { isCollectionType, type Maker, makerOf } from './collection-makers.js'
import { functionAround, isAssignment, isWithin, nodesOf } from './syntax.js'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')

export interface Collection {
  /** From the root of the repository. */
  readonly file: string
  readonly name: string
}

/**
 * Collections in these folders that may outlive what fills them, and grow:
 *
 * - of a module: those that begin empty, and those that something is added to;
 * - fields of a class, by what they begin as, by what is assigned to them, or by their type;
 * - of a function: those that a function within it adds to, for that one may be kept;
 * - new ones that are passed on without a name: `keep(new Map())`.
 *
 * Each is looked for where it is made. That reads syntax and no types, so a class that keeps a collection is found in its own
 * file, and one from a library is to be thought of by whoever takes it.
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
  const nodes = nodesOf(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true))
  const names = new Set(nodes.flatMap((node) => heldByType(node) ?? heldWhereMade(node, nodes) ?? []))
  const isPart = (name: string) => [...names].some((whole) => name.startsWith(`${whole}.`))
  return [...names].filter((name) => !isPart(name)).map((name) => ({ file, name }))
}

/** A field, or a variable of the module, that is a collection by its type, wherever it is made. */
function heldByType(node: ts.Node): string | undefined {
  const isField = ts.isPropertyDeclaration(node) || ts.isParameterPropertyDeclaration(node, node.parent)
  const isOfModule = ts.isVariableDeclaration(node) && functionAround(node) === undefined
  if (!isField && !(isOfModule && node.initializer === undefined)) return undefined
  return isCollectionType(node.type) ? node.name.getText() : undefined
}

function heldWhereMade(node: ts.Node, nodes: readonly ts.Node[]): string | undefined {
  const maker = makerOf(node)
  const holder = maker && holderOf(node)
  return maker && holder && outlives(maker, holder, nodes) ? holder.name : undefined
}

function outlives({ isEmpty, isNew }: Maker, { kind, text, isNested, home }: Holder, nodes: readonly ts.Node[]) {
  const additions = () => nodes.filter((it) => isAdditionTo(text, it) || (isEmpty && isArgument(text, it)))
  switch (kind) {
    case 'field':
      return true
    case 'lasting':
      // An empty list in a table is a plain value.
      return (isEmpty && (isNew || !isNested)) || additions().some((it) => !isInConstructor(it))
    case 'local':
      return additions().some((it) => isKeptBy(functionAround(it), home))
    case 'passed':
      return isEmpty && isNew
  }
}

const isInConstructor = (node: ts.Node) => {
  const around = functionAround(node)
  return around !== undefined && ts.isConstructorDeclaration(around)
}

/** A function within the one whose variable it is may be kept, unless it is gone with a call as `list.map(…)`. */
function isKeptBy(adder: ts.Node | undefined, home: ts.Node | undefined): boolean {
  return adder !== undefined && home !== undefined && adder !== home && isWithin(adder, home) && !isCalledAtOnce(adder)
}

/** `name.push(…)`, `name[…] = …`, `name = […]` */
function isAdditionTo(text: string, node: ts.Node): boolean {
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { expression, name: method } = node.expression
    return expression.getText() === text && ADDS.has(method.text)
  }
  if (!isAssignment(node)) return false
  const { left } = node
  return left.getText() === text || (ts.isElementAccessExpression(left) && left.expression.getText() === text)
}

/** Whoever gets it may add to it: `keep(name, …)` */
function isArgument(text: string, node: ts.Node): boolean {
  const { parent } = node
  const isOfCall = node.getText() === text && (ts.isCallExpression(parent) || ts.isNewExpression(parent))
  return isOfCall && parent.arguments?.some((it) => it === node) === true
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

function isCalledAtOnce(node: ts.Node): boolean {
  const call = node.parent
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false
  return AT_ONCE.has(call.expression.name.text)
}
