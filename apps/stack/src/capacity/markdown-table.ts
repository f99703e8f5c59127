export interface Column {
  readonly head: string
  readonly isText?: boolean
}

/** A table whose columns are as wide as they have to be: numbers to the right, words to the left. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ head }, index) =>
    Math.max(3, head.length, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const padded = (cells: readonly string[]) =>
    line(
      columns.map(({ isText }, index) => {
        const [cell, width] = [cells[index] ?? '', widths[index] ?? 0]
        return isText ? cell.padEnd(width) : cell.padStart(width)
      }),
    )
  const ruler = columns.map(({ isText }, index) =>
    isText ? '-'.repeat(widths[index] ?? 0) : `${'-'.repeat((widths[index] ?? 0) - 1)}:`,
  )
  return [padded(columns.map(({ head }) => head)), line(ruler), ...rows.map(padded)].join('\n')
}
