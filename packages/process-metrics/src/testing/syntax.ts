import ts from 'typescript'

/** The node and all that it consists of, from the top down. */
export function nodesOf(node: ts.Node): ts.Node[] {
  const nodes = [node]
  ts.forEachChild(node, (child) => void nodes.push(...nodesOf(child)))
  return nodes
}

/** The innermost; undefined for what stands in the module itself or in a class. */
export function functionAround(node: ts.Node): ts.Node | undefined {
  for (let it = node.parent; it; it = it.parent) if (ts.isFunctionLike(it)) return it
  return undefined
}

export function isWithin(node: ts.Node, ancestor: ts.Node): boolean {
  for (let it: ts.Node | undefined = node; it; it = it.parent) if (it === ancestor) return true
  return false
}

const ASSIGNS = new Set([
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
])

/** `left = …`, `left ??= …`, `left ||= …` */
export const isAssignment = (node: ts.Node): node is ts.BinaryExpression =>
  ts.isBinaryExpression(node) && ASSIGNS.has(node.operatorToken.kind)
