/** Why a value is refused: sentences, or, for a list, sentences by the index of the element. */
export type Messages = readonly string[] | { readonly [index: string]: Messages }

/** What became of a value: taken, or refused with every reason. */
export type Reading<T> = { readonly value: T } | { readonly messages: Messages }

/** Reads one kind of value. Messages are the framework's, which bots show to people. */
export type Read<T> = (value: unknown) => Reading<T>

export const taken = <T>(value: T): Reading<T> => ({ value })

export const refused = (...messages: string[]): Reading<never> => ({ messages })

export const REQUIRED = 'This field is required.'
export const NOT_NULL = 'This field may not be null.'

/** The name of a JSON value's kind in messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'NoneType'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint' || Number.isInteger(value)) return 'int'
  return typeof value === 'number' ? 'float' : 'dict'
}
