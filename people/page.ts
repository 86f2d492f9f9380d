import type { Page } from './people-types.ts'

/** Cuts rows that were read with a limit of one more than the page into a page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items: shown.map(toItem), nextAfter: hasMore ? cursorOf(last) : undefined }
}
