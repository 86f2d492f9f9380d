/**
 * Pages of lists in any of their orders: the one place that knows how a list goes on where the page before ended.
 *
 * A list names what it can be sorted by, each with an SQL expression that is never NULL, and the column that makes rows
 * distinct. `name` sorts up and `-name` down, both with that column in the same direction, so that one index serves both ways. A
 * cursor is the place of the last row: rows that are added meanwhile come where they belong, and none that was there is
 * skipped or shown twice. What a row is sorted by should not change often: a row that moves may be met twice or not at all.
 */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { coreErrors } from '../core/index.ts'

export type ListSorts<Name extends string = string> = {
  /** What makes rows distinct. */
  readonly id: string
  readonly by: Readonly<Record<Name, string>>
  readonly usual: Sort<Name>
}

export type Sort<Name extends string> = Name | `-${Name}`
export type SortOf<Sorts extends ListSorts> = Sort<keyof Sorts['by'] & string>

export type PageRequest<Sorts extends ListSorts> = {
  readonly after?: string | undefined
  readonly limit: number
  readonly sort?: SortOf<Sorts> | undefined
}

type Part = string | number | bigint
type Place = readonly [key: Part, id: Part]
type Order = {
  readonly key: string
  readonly columns: readonly string[]
  readonly isDown: boolean
  /** One part per column; empty for the first page. */
  readonly after: readonly Part[]
}
export type SortedRow = { readonly sort_key: unknown; readonly sort_id: unknown }
export type RowPage<Row> = { readonly items: readonly Row[]; readonly nextAfter: string | undefined }

/** Every sort of a list, both ways, the usual one first. */
export function sortsOf<Name extends string>({ by, usual }: ListSorts<Name>): readonly Sort<Name>[] {
  const names = Object.keys(by) as Name[]
  return [...new Set<Sort<Name>>([usual, ...names.flatMap((name) => [name, `-${name}` as const])])]
}

/** The conditions whose value is given, and their values. */
export function wantedRows(conditions: readonly (readonly [string, SQLInputValue | undefined])[]): {
  readonly condition: string
  readonly values: readonly SQLInputValue[]
} {
  const given = conditions.flatMap(([text, value]) => (value === undefined ? [] : [{ text, value }]))
  return { condition: given.map(({ text }) => text).join(' AND '), values: given.map(({ value }) => value) }
}

/** Asks metering's database. `from` is everything after FROM up to the end of its conditions. */
export function listSortedRows<Row, Sorts extends ListSorts>(
  database: DatabaseSync,
  source: { readonly selected: string; readonly from: string; readonly values: readonly SQLInputValue[] },
  sorts: Sorts,
  page: PageRequest<Sorts>,
): RowPage<Row> {
  const { text, values } = sortedSelect(source, sorts, page)
  return cut(database.prepare(text).all(...values) as (Row & SortedRow)[], page.limit)
}

/** What `listSortedRows` asks; a test looks at its plan. */
export function sortedSelect<Sorts extends ListSorts>(
  {
    selected,
    from,
    values,
  }: { readonly selected: string; readonly from: string; readonly values: readonly SQLInputValue[] },
  sorts: Sorts,
  page: PageRequest<Sorts>,
): { readonly text: string; readonly values: readonly SQLInputValue[] } {
  const { key, columns, isDown, after } = toOrder(sorts, page)
  const place = `AND (${columns.join(', ')}) ${isDown ? '<' : '>'} (${after.map(() => '?').join(', ')})`
  const order = columns.map((column) => `${column} ${isDown ? 'DESC' : 'ASC'}`)
  const text = `SELECT ${selected}, ${key} AS sort_key, ${sorts.id} AS sort_id FROM ${from}
    ${after.length === 0 ? '' : place} ORDER BY ${order.join(', ')} LIMIT ?`
  return { text, values: [...values, ...after, page.limit + 1] }
}

/** @throws AppError `cursor_invalid` */
export function toOrder<Sorts extends ListSorts>(
  sorts: Sorts,
  { after, sort = sorts.usual }: PageRequest<Sorts>,
): Order {
  const isDown = sort.startsWith('-')
  const name = isDown ? sort.slice(1) : sort
  const key = Object.hasOwn(sorts.by, name) ? sorts.by[name] : undefined
  if (key === undefined) throw new TypeError(`No list is sorted by ${name}.`)
  const columns = key === sorts.id ? [key] : [key, sorts.id]
  return { key, columns, isDown, after: after === undefined ? [] : parsePlace(after).slice(-columns.length) }
}

export function cut<Row extends SortedRow>(rows: readonly Row[], limit: number): RowPage<Row> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextAfter: rows.length > limit && last !== undefined ? formatPlace(last) : undefined }
}

function formatPlace({ sort_key, sort_id }: SortedRow): string {
  // A bigint is one number in digits: a JSON number would be rounded.
  return JSON.stringify(
    [sort_key, sort_id].map((part) => (typeof part === 'bigint' ? [part.toString()] : part)),
  )
}

/** @throws AppError `cursor_invalid` */
function parsePlace(text: string): Place {
  const place = parseJson(text)
  if (Array.isArray(place) && place.length === 2) {
    const [key, id] = place.map(toPart)
    if (key !== undefined && id !== undefined) return [key, id]
  }
  throw coreErrors.cursor_invalid('Ask for the next page with the cursor of the last one.')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toPart(part: unknown): Part | undefined {
  if (typeof part === 'string' || typeof part === 'number') return part
  const [digits] = Array.isArray(part) ? (part as unknown[]) : []
  return typeof digits === 'string' && /^-?\d{1,19}$/.test(digits) ? BigInt(digits) : undefined
}
