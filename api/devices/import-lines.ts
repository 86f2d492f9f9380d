/**
 * The lines of a list of devices, CSV or NDJSON, as documents in the form of `POST /v1/devices`. A line that cannot be
 * read is reported with its number and the others go on.
 *
 * CSV has a header line with the members' names; `tags` are separated by ";", a register's value at commissioning is in
 * a column `baseValues.{register}`, an empty cell is a member left out.
 */
import { Readable } from 'node:stream'
import { parse, type CsvError } from 'csv-parse'

import { apiErrors } from '../errors.ts'

export type ImportLine =
  { readonly line: number; readonly document: unknown } | { readonly line: number; readonly problem: string }

type CsvRecord = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

const plainColumns = new Set(['id', 'modelId', 'serial', 'commissionedAt', 'site', 'tags'])
const neededColumns = ['id', 'modelId', 'commissionedAt']
const BASE_VALUES = 'baseValues.'

/** @throws AppError `import_header_invalid` before the first line */
export async function* readCsvLines(body: Buffer): AsyncGenerator<ImportLine> {
  const unreadable: ImportLine[] = []
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
  })
  parser.on('skip', (error: CsvError | undefined) => {
    const line = typeof error?.['lines'] === 'number' ? error['lines'] : 0
    unreadable.push({ line, problem: 'Close the quotes of each cell, and double those inside it.' })
  })
  let header: readonly string[] | undefined
  for await (const { record, info } of Readable.from([body]).pipe(parser) as AsyncIterable<CsvRecord>) {
    yield* unreadable.splice(0)
    if (header === undefined) {
      header = record
      assertHeader(header)
    } else {
      yield toLine(header, record, info.lines)
    }
  }
  if (header === undefined) assertHeader([])
  yield* unreadable
}

export function* readJsonLines(body: Buffer): Generator<ImportLine> {
  let start = 0
  for (let line = 1; start < body.length; line += 1) {
    const newline = body.indexOf(0x0a, start)
    const end = newline === -1 ? body.length : newline
    const text = body.toString('utf8', start, end).trim()
    start = end + 1
    if (text !== '') yield parseJsonLine(line, text)
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
