/**
 * Which columns a list may have as CSV, how its header is read, and how a line's cells become a document: in the form that
 * the same thing has as JSON. A dot in a column's name goes one level down (`address.city`).
 *
 * A cell is plain text whatever it looks like: `=1+1` is a name. An empty one is a member left out.
 */
import { isRegisterName } from '../../core/index.ts'
import { apiErrors } from '../errors.ts'

/** `count` becomes a JSON number; `texts` are separated by ";". */
type CellKind = 'text' | 'texts' | 'count'

export type ListColumns = {
  readonly cells: Readonly<Record<string, CellKind>>
  readonly needed: readonly string[]
  /** The member that holds one column per register, each with a whole number. */
  readonly registersIn?: string
}

export type Cells = { readonly document: Readonly<Record<string, unknown>> } | { readonly problem: string }

/** What may stand between cells. */
const separators = [',', ';', '\t'] as const
export type Separator = (typeof separators)[number]
const separatorNames: Readonly<Record<Separator, string>> = { ',': '","', ';': '";"', '\t': 'a tab' }
const MAX_SHOWN_NAME_LENGTH = 64
const wholeNumber = /^[0-9]+$/

/** No column's name has one of them, so the header line shows which it is. @throws AppError `import_header_invalid` */
export function findSeparator(headerLine: string): Separator {
  const found = separators.filter((each) => headerLine.includes(each))
  const [separator, ...others] = found
  if (separator === undefined) {
    throw apiErrors.import_header_invalid(
      'Separate the columns of the header line by ",", ";" or a tab, and those of the other lines by the same.',
    )
  }
  if (others.length > 0) {
    throw apiErrors.import_header_invalid(
      `Separate the columns of the header line by one sign alone; it has ${found.map((each) => separatorNames[each]).join(' and ')}.`,
    )
  }
  return separator
}

/** @throws AppError `import_header_invalid` */
export function assertHeader(columns: ListColumns, header: readonly string[]): void {
  const { cells, needed, registersIn } = columns
  const isKnown = (name: string) => Object.hasOwn(cells, name) || registerOf(columns, name) !== undefined
  const names = [...Object.keys(cells), ...(registersIn === undefined ? [] : [`${registersIn}.{register}`])]
  const list = `columns are ${names.join(', ')}.`
  const missing = needed.find((name) => !header.includes(name))
  if (missing !== undefined) {
    throw apiErrors.import_header_invalid(`Begin with a header line that has "${missing}"; ${list}`)
  }
  const unknown = header.findIndex((name) => !isKnown(name))
  if (unknown !== -1) {
    const name = header[unknown]?.slice(0, MAX_SHOWN_NAME_LENGTH) ?? ''
    throw apiErrors.import_header_invalid(
      name === ''
        ? `Give column ${unknown + 1} a name or take it out; ${list}`
        : `Rename the column "${name}"; ${list}`,
    )
  }
  const twice = header.find((name, index) => header.indexOf(name) < index)
  if (twice !== undefined) {
    throw apiErrors.import_header_invalid(
      `Name each column of the header line once; "${twice.slice(0, MAX_SHOWN_NAME_LENGTH)}" is there twice.`,
    )
  }
}

export function toDocument(
  columns: ListColumns,
  header: readonly string[],
  record: readonly string[],
): Cells {
  if (record.length !== header.length) {
    return {
      problem: `Write ${header.length} cells, as the header has; this line has ${record.length}. A cell that holds the separator stands in quotes.`,
    }
  }
  const document: Record<string, unknown> = {}
  for (const [index, name] of header.entries()) {
    const cell = record[index] ?? ''
    if (cell === '') continue
    const kind = registerOf(columns, name) === undefined ? columns.cells[name] : 'register'
    if ((kind === 'count' || kind === 'register') && !wholeNumber.test(cell)) {
      return {
        problem: `${name}: Write a whole number in digits alone, without a comma, point, sign or space.`,
      }
    }
    setMember(document, name, kind === 'texts' ? splitTexts(cell) : kind === 'count' ? Number(cell) : cell)
  }
  return { document }
}

function registerOf({ registersIn }: ListColumns, name: string): string | undefined {
  if (registersIn === undefined || !name.startsWith(`${registersIn}.`)) return undefined
  const register = name.slice(registersIn.length + 1)
  return isRegisterName(register) ? register : undefined
}

function splitTexts(cell: string): string[] {
  return cell.split(';').map((text) => text.trim())
}

function setMember(document: Record<string, unknown>, name: string, value: unknown): void {
  const [member = '', inner] = name.split('.', 2)
  if (inner === undefined) {
    document[member] = value
    return
  }
  const within = (document[member] ??= {}) as Record<string, unknown>
  within[inner] = value
}
