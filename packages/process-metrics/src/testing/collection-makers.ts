import ts from 'typescript'

/** `Map`, `LruMap`, `BigInt64Array` … but not what lets go of its keys, and not what is only read. */
const COLLECTION = /^(?!Weak|Readonly)\w*(Map|Set|Array|Cache|Collection|Queue)$/

/** Of these an argument is the content; of others, such as `LRUCache`, it is an option. */
const FILLED_BY_ARGUMENT = /^(Map|Set|\w*Array)$/

/** An expression that makes a collection. */
export interface Maker {
  readonly node: ts.Expression
  /** Nobody makes an empty collection that is not filled later; one with content may be a table. */
  readonly isEmpty: boolean
  /** By `new`: a literal is as often a plain value, such as "no items". */
  readonly isNew: boolean
}

/** `new Map()`, `[]`, `[...a, b]`, `a.concat(b)`, `{}`; undefined for what makes no collection. */
export function makerOf(node: ts.Node): Maker | undefined {
  if (ts.isNewExpression(node)) {
    const name = node.expression.getText()
    if (!COLLECTION.test(name)) return undefined
    return { node, isEmpty: !node.arguments?.length || !FILLED_BY_ARGUMENT.test(name), isNew: true }
  }
  if (ts.isArrayLiteralExpression(node)) return { node, isEmpty: node.elements.length === 0, isNew: false }
  if (ts.isObjectLiteralExpression(node)) {
    const isEmpty = node.properties.length === 0
    const type = typeOfLiteral(node)
    return isRecord(type) || (isEmpty && type === undefined) ? { node, isEmpty, isNew: false } : undefined
  }
  const isConcat =
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'concat'
  return isConcat ? { node, isEmpty: false, isNew: false } : undefined
}

/** By its declaration, whatever it begins as: `Map<…>`, `string[] | undefined`, `Record<…>`. */
export function isCollectionType(type: ts.TypeNode | undefined): boolean {
  if (type === undefined) return false
  if (ts.isUnionTypeNode(type)) return type.types.some(isCollectionType)
  if (ts.isParenthesizedTypeNode(type)) return isCollectionType(type.type)
  return (
    ts.isArrayTypeNode(type) ||
    isRecord(type) ||
    (ts.isTypeReferenceNode(type) && COLLECTION.test(type.typeName.getText()))
  )
}

function isRecord(type: ts.TypeNode | undefined): boolean {
  if (type === undefined) return false
  if (ts.isTypeLiteralNode(type)) return type.members.some(ts.isIndexSignatureDeclaration)
  return ts.isTypeReferenceNode(type) && type.typeName.getText() === 'Record'
}

function typeOfLiteral({ parent }: ts.ObjectLiteralExpression): ts.TypeNode | undefined {
  const isTyped =
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isAsExpression(parent)
  return isTyped ? parent.type : undefined
}
