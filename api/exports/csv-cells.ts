/**
 * Cells of a CSV document (RFC 4180). A spreadsheet takes a cell that begins with "=", "+", "-", "@", a tab or a return for a
 * formula, so such a text begins with an apostrophe; a plain number stays as it is.
 */
const dangerous = /^[=+\-@\t\r]/
const plainNumber = /^-?\d+(\.\d+)?$/

export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map((cell) => csvCell(cell ?? '')).join(',')}\r\n`
}

export function csvCell(text: string): string {
  const safe = dangerous.test(text) && !plainNumber.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
