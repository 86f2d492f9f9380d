/**
 * The lines of a list, CSV or NDJSON, as documents. A line that cannot be read is reported with its number and the others go on.
 *
 * No cell of CSV goes on in the next line, so that a quote that is not closed spoils one line and not the rest of the list.
 */
import { CsvError, parse } from 'csv-parse/sync'

import { apiErrors } from '../errors.ts'
import { assertHeader, findSeparator, toDocument, type ListColumns, type Separator } from './list-columns.ts'
import { readTextLines, type TextLine } from './text-lines.ts'

export type ListLine =
  { readonly line: number; readonly document: unknown } | { readonly line: number; readonly problem: string }

const LINES_PER_PARSE = 100

/** @throws AppError `import_header_invalid` before the first line */
export function* readCsvLines(columns: ListColumns, body: Uint8Array): Generator<ListLine> {
  const lines = readTextLines(body)
  const first = lines.next()
  const { separator, header } = readHeader(columns, first.done === true ? undefined : first.value)
  for (const group of inGroups(lines)) {
    const cells = parseLines(group, separator)
    for (const [index, line] of group.entries()) {
      const record = cells[index]
      if ('problem' in line) yield line
      else if (record === undefined) {
        yield { line: line.line, problem: 'Close the quotes of each cell, and double those inside it.' }
      } else yield { line: line.line, ...toDocument(columns, header, record) }
    }
  }
}

export function* readJsonLines(body: Uint8Array): Generator<ListLine> {
  for (const each of readTextLines(body)) yield 'problem' in each ? each : parseJsonLine(each)
}

function readHeader(
  columns: ListColumns,
  line: TextLine | undefined,
): { readonly separator: Separator; readonly header: readonly string[] } {
  if (line === undefined) {
    assertHeader(columns, [])
    return { separator: ',', header: [] }
  }
  if ('problem' in line) throw apiErrors.import_header_invalid(line.problem)
  const separator = findSeparator(line.text)
  const header = parseCsv([line.text], separator)?.[0]
  if (header === undefined) throw apiErrors.import_header_invalid('Close the quotes in the header line.')
  assertHeader(columns, header)
  return { separator, header }
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
 * The cells of each line; undefined where it cannot be read. All at once, because the parser costs more to start than to run; one
 * by one where a cell would go on in the next line, which shows in the number of records.
 */
function parseLines(
  lines: readonly TextLine[],
  separator: Separator,
): readonly (readonly string[] | undefined)[] {
  const texts = lines.map((line) => ('text' in line ? line.text : undefined))
  const readable = texts.filter((text) => text !== undefined)
  const records = parseCsv(readable, separator)
  if (records?.length === readable.length) {
    let next = 0
    return texts.map((text) => (text === undefined ? undefined : records[next++]))
  }
  return texts.map((text) => (text === undefined ? undefined : parseCsv([text], separator)?.[0]))
}

function parseCsv(
  texts: readonly string[],
  separator: Separator,
): readonly (readonly string[])[] | undefined {
  try {
    return parse(texts.join('\n'), {
      trim: true,
      relax_column_count: true,
      delimiter: separator,
      record_delimiter: '\n',
    })
  } catch (error) {
    if (error instanceof CsvError) return undefined
    throw error
  }
}

function parseJsonLine({ line, text }: { readonly line: number; readonly text: string }): ListLine {
  try {
    return { line, document: JSON.parse(text) as unknown }
  } catch {
    return { line, problem: 'Write one JSON object per line.' }
  }
}
