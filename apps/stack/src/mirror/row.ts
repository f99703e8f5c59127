/** One member or role, in a form that both sides have in common. */
export interface Row {
  readonly id: bigint
  readonly fields: Readonly<Record<string, string | number>>
}

/** One text for one set. A repetition stays visible. */
export function sortedIds(ids: readonly string[]): string {
  const ascending = ids.map(BigInt).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return ascending.join(' ')
}
