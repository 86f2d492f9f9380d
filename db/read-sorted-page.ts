/** Pages of the ledger's lists (`list-pages.ts`), through the query builder. */
import { sql, type Selectable, type SelectQueryBuilder } from 'kysely'
import { cut, toOrder, type ListSorts, type PageRequest, type RowPage, type SortedRow } from './list-pages.ts'

/** One of the columns holds the text, case not minded for ASCII, or the id is it. */
export function holdsText(text: string, columns: readonly string[], id: string) {
  const wanted = `%${text.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`)}%`
  const held = columns.map((column) => sql`${sql.raw(column)} LIKE ${wanted} ESCAPE '\\'`)
  return sql<boolean>`(${sql.join([...held, sql`${sql.raw(id)} = ${text}`], sql` OR `)})`
}

/** Asks the ledger. @throws AppError `cursor_invalid` */
export async function readSortedPage<Tables, From extends keyof Tables, Row, Sorts extends ListSorts>(
  query: SelectQueryBuilder<Tables, From, Row>,
  sorts: Sorts,
  page: PageRequest<Sorts>,
): Promise<RowPage<Selectable<Row>>> {
  const { key, columns, isDown, after } = toOrder(sorts, page)
  const direction = isDown ? 'desc' : 'asc'
  const place = sql`(${sql.raw(columns.join(', '))}) ${sql.raw(isDown ? '<' : '>')} (${sql.join(after)})`
  let sorted = query.select([sql`${sql.raw(key)}`.as('sort_key'), sql`${sql.raw(sorts.id)}`.as('sort_id')])
  if (after.length > 0) sorted = sorted.where(sql<boolean>`${place}`)
  for (const column of columns) sorted = sorted.orderBy(sql.raw(column), direction)
  const rows = await sorted.limit(page.limit + 1).execute()
  return cut(rows as unknown as (Selectable<Row> & SortedRow)[], page.limit)
}
