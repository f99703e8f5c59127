import ts from 'typescript'
import { functionAround, isAssignment, isWithin, nodesOf } from './syntax.js'

/** What a collection is put into where it is made. */
export interface Holder {
  /**
   * - `field`: of a class, declared with what it begins as;
   * - `lasting`: a variable of the module, or a property of something that is not of this call;
   * - `local`: a variable of a function;
   * - `passed`: an argument, a default or a result, so that somebody else keeps it or does not.
   */
  readonly kind: 'field' | 'lasting' | 'local' | 'passed'
  /** For a person: `#seen`, `state.seen`, or of what is passed on the function. */
  readonly name: string
  /** How the file's code writes it: `this.#seen`. */
  readonly text: string
  /** It is one of the things in a literal. */
  readonly isNested: boolean
  /** The function whose variable it is. */
  readonly home?: ts.Node | undefined
}

/**
 * Goes up from where a collection is made to what holds it, through `as`, `??`, `? :` and the literals around it.
 *
 * @returns undefined where it is used up on the spot, as in `[a, b].map(…)`, or is put into another collection
 */
export function holderOf(made: ts.Node): Holder | undefined {
  let path = ''
  for (let node = made; ; node = node.parent) {
    const { parent } = node
    if (ts.isPropertyAssignment(parent)) path = `.${parent.name.getText()}${path}`
    else if (!SEEN_THROUGH.some((is) => is(parent))) {
      const holder = directHolder(node, parent)
      return holder && { ...holder, name: holder.name + path, text: holder.text + path, isNested: path !== '' }
    }
  }
}

const CHOOSES = new Set([ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.BarBarToken])

const SEEN_THROUGH: readonly ((node: ts.Node) => boolean)[] = [
  ts.isAsExpression,
  ts.isSatisfiesExpression,
  ts.isParenthesizedExpression,
  ts.isNonNullExpression,
  ts.isConditionalExpression,
  ts.isObjectLiteralExpression,
  ts.isArrayLiteralExpression,
  (node) => ts.isBinaryExpression(node) && CHOOSES.has(node.operatorToken.kind),
]

type DirectHolder = Omit<Holder, 'isNested'>

function directHolder(node: ts.Node, parent: ts.Node): DirectHolder | undefined {
  if (ts.isPropertyDeclaration(parent)) return ofName('field', parent.name)
  if (ts.isVariableDeclaration(parent)) return ofVariable(parent)
  if (ts.isParameter(parent)) {
    return ofName(ts.isParameterPropertyDeclaration(parent, parent.parent) ? 'field' : 'passed', parent.name)
  }
  if (isAssignment(parent) && parent.right === node) return assigned(parent.left)
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
    const isArgument = parent.arguments?.some((it) => it === node) === true && !isAddition(parent)
    return isArgument ? ofName('passed', parent.expression) : undefined
  }
  const isResult = ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)
  return isResult ? ofName('passed', nameOfFunction(functionAround(node)) ?? parent) : undefined
}

const ofName = (kind: Holder['kind'], name: ts.Node): DirectHolder => ({
  kind,
  name: name.getText(),
  text: name.getText(),
})

function ofVariable(declaration: ts.VariableDeclaration): DirectHolder {
  const home = functionAround(declaration)
  return { ...ofName(home === undefined ? 'lasting' : 'local', declaration.name), home }
}

/** `seen = …`, `this.seen = …`; of a variable of this call, `result.seen = …`, it is nothing that lasts. */
function assigned(target: ts.Expression): DirectHolder | undefined {
  const root = rootOf(target)
  const declaration = ts.isIdentifier(root) ? declarationOf(root) : undefined
  if (target === root) return declaration && ts.isVariableDeclaration(declaration) ? ofVariable(declaration) : undefined
  if (!ts.isPropertyAccessExpression(target)) return undefined
  const holder = { name: target.name.text, text: target.getText() }
  if (declaration === undefined || functionAround(declaration) === undefined) return { kind: 'lasting', ...holder }
  return ts.isParameter(declaration) ? { kind: 'passed', ...holder } : undefined
}

function rootOf(target: ts.Expression): ts.Expression {
  return ts.isPropertyAccessExpression(target) ? rootOf(target.expression) : target
}

/** Of those of this name the innermost around it. */
function declarationOf(name: ts.Identifier): ts.VariableDeclaration | ts.ParameterDeclaration | undefined {
  const source = name.getSourceFile()
  return nodesOf(source)
    .filter((it) => ts.isVariableDeclaration(it) || ts.isParameter(it))
    .filter((it) => it.name.getText() === name.text && isWithin(name, functionAround(it) ?? source))
    .at(-1)
}

/** `all.set(key, new Map())`: what is in a collection is its own affair. */
function isAddition(call: ts.CallExpression | ts.NewExpression): boolean {
  return ts.isPropertyAccessExpression(call.expression) && ADDS.has(call.expression.name.text)
}

/** The methods by which collections grow. */
export const ADDS = new Set(['set', 'add', 'push', 'unshift', 'splice'])

function nameOfFunction(node: ts.Node | undefined): ts.Node | undefined {
  if (node === undefined) return undefined
  const { name, parent } = node as ts.FunctionLikeDeclaration
  if (name !== undefined) return name
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : undefined
}
