/** Plain tables for the terminal. */

export type Column = { readonly title: string; readonly align: 'left' | 'right' }

/** Rows under their titles with a rule between; the last row stands under a second rule when `hasTotal`. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  hasTotal = false,
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  )
  const formatRow = (cells: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ''
        const width = widths[index] ?? 0
        return align === 'right' ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  const body = rows.map(formatRow)
  if (hasTotal) body.splice(-1, 0, rule)
  return [formatRow(columns.map(({ title }) => title)), rule, ...body].join('\n')
}
