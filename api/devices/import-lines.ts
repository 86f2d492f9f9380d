/**
 * The lines of a list of devices, CSV or NDJSON, as documents in the form of `POST /v1/devices`. A line that cannot be
 * read is reported with its number and the others go on.
 *
 * CSV has a header line with the members' names; `tags` are separated by ";", a register's value at commissioning is in
 * a column `baseValues.{register}`, an empty cell is a member left out. No cell goes on in the next line, so that a quote
 * that is not closed spoils one line and not the rest of the list.
 */
import { CsvError, parse } from 'csv-parse/sync'

import { apiErrors } from '../errors.ts'

export type ImportLine =
  { readonly line: number; readonly document: unknown } | { readonly line: number; readonly problem: string }

const plainColumns = new Set(['id', 'modelId', 'serial', 'commissionedAt', 'site', 'tags'])
const neededColumns = ['id', 'modelId', 'commissionedAt']
const LINES_PER_PARSE = 100
const byteOrderMark = Buffer.from('\u{feff}')
const BASE_VALUES = 'baseValues.'

/** @throws AppError `import_header_invalid` before the first line */
export function* readCsvLines(body: Buffer): Generator<ImportLine> {
  let header: readonly string[] | undefined
  for (const lines of inGroups(splitLines(body))) {
    for (const [index, cells] of parseCsvLines(lines.map(({ text }) => text)).entries()) {
      const line = lines[index]?.line ?? 0
      if (header === undefined) {
        header = cells ?? []
        assertHeader(header)
      } else if (cells === undefined) {
        yield { line, problem: 'Close the quotes of each cell, and double those inside it.' }
      } else {
        yield toLine(header, cells, line)
      }
    }
  }
  if (header === undefined) assertHeader([])
}

export function* readJsonLines(body: Buffer): Generator<ImportLine> {
  for (const { line, text } of splitLines(body)) yield parseJsonLine(line, text)
}

/** Lines with something on them, by their number in the file. */
function* splitLines(body: Buffer): Generator<{ readonly line: number; readonly text: string }> {
  let start = body.subarray(0, 3).equals(byteOrderMark) ? byteOrderMark.length : 0
  for (let line = 1; start < body.length; line += 1) {
    const newline = body.indexOf(0x0a, start)
    const end = newline === -1 ? body.length : newline
    const text = body.toString('utf8', start, end).trim()
    start = end + 1
    if (text !== '') yield { line, text }
  }
}

function* inGroups<Item>(items: Iterable<Item>): Generator<readonly Item[]> {
  let group: Item[] = []
  for (const item of items) {
    if (group.push(item) < LINES_PER_PARSE) continue
    yield group
    group = []
  }
  if (group.length > 0) yield group
}

/**
 * The cells of each line; undefined where the quotes do not fit. All at once, because the parser costs more to start than
 * to run; one by one where a cell would go on in the next line, which shows in the number of records.
 */
function parseCsvLines(texts: readonly string[]): readonly (readonly string[] | undefined)[] {
  const records = parseCsv(texts.join('\n'))
  return records?.length === texts.length ? records : texts.map((text) => parseCsv(text)?.[0])
}

function parseCsv(text: string): readonly (readonly string[])[] | undefined {
  try {
    return parse(text, { trim: true, relax_column_count: true })
  } catch (error) {
    if (error instanceof CsvError) return undefined
    throw error
  }
}

function parseJsonLine(line: number, text: string): ImportLine {
  try {
    return { line, document: JSON.parse(text) as unknown }
  } catch {
    return { line, problem: 'Write one JSON object per line.' }
  }
}

function assertHeader(header: readonly string[]): void {
  const unknown = header.find((name) => !plainColumns.has(name) && !name.startsWith(BASE_VALUES))
  const missing = neededColumns.find((name) => !header.includes(name))
  const names = `${[...plainColumns].join(', ')} and ${BASE_VALUES}{register}`
  if (missing !== undefined) {
    throw apiErrors.import_header_invalid(
      `Begin with a header line that has "${missing}"; columns are ${names}.`,
    )
  }
  if (unknown !== undefined) {
    throw apiErrors.import_header_invalid(
      `Rename the column "${unknown.slice(0, 64)}"; columns are ${names}.`,
    )
  }
  if (new Set(header).size < header.length) {
    throw apiErrors.import_header_invalid('Name each column of the header line once.')
  }
}

function toLine(header: readonly string[], record: readonly string[], line: number): ImportLine {
  if (record.length !== header.length) {
    return {
      line,
      problem: `Write ${header.length} cells, as the header has; this line has ${record.length}.`,
    }
  }
  const document: Record<string, unknown> = {}
  const baseValues: Record<string, string> = {}
  for (const [index, name] of header.entries()) {
    const cell = record[index] ?? ''
    if (cell === '') continue
    if (name.startsWith(BASE_VALUES)) baseValues[name.slice(BASE_VALUES.length)] = cell
    else document[name] = name === 'tags' ? cell.split(';').map((tag) => tag.trim()) : cell
  }
  if (Object.keys(baseValues).length > 0) document['baseValues'] = baseValues
  return { line, document }
}
