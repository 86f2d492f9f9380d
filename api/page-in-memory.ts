/**
 * Pages of lists that are whole in memory anyway, because they are short or computed: in the same orders and with the same
 * cursors as those of the databases (`db/list-pages.ts`). Items with equal keys come in order of id, in the same direction.
 */
import { coreErrors } from '../core/index.ts'

type Key = string | number
export type MemorySorts<Item, Name extends string> = {
  readonly id: (item: Item) => Key
  readonly by: Readonly<Record<Name, (item: Item) => Key>>
  readonly usual: Name | `-${Name}`
}

/** @throws AppError `cursor_invalid` */
export function pageInMemory<Item, Name extends string>(
  items: readonly Item[],
  sorts: MemorySorts<Item, Name>,
  { after, limit, sort = sorts.usual }: { after?: string; limit: number; sort?: Name | `-${Name}` },
): { readonly items: readonly Item[]; readonly nextAfter: string | undefined } {
  const sign = sort.startsWith('-') ? -1 : 1
  const keyOf = sorts.by[(sign < 0 ? sort.slice(1) : sort) as Name]
  const place = after === undefined ? undefined : parsePlace(after)
  const sorted = items
    .map((item) => ({ item, at: [keyOf(item), sorts.id(item)] as const }))
    .sort((left, right) => sign * compare(left.at, right.at))
    .filter(({ at }) => place === undefined || sign * compare(at, place) > 0)
  const shown = sorted.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(({ item }) => item),
    nextAfter: sorted.length > limit && last !== undefined ? JSON.stringify(last.at) : undefined,
  }
}

function compare(left: readonly Key[], right: readonly Key[]): number {
  for (const [index, key] of left.entries()) {
    const other = right[index] ?? ''
    if (key !== other) return key < other ? -1 : 1
  }
  return 0
}

function parsePlace(text: string): readonly Key[] {
  const [key, id] = /^\[(?:"[^"\\]*"|\d+),(?:"[^"\\]*"|\d+)\]$/.test(text) ? (JSON.parse(text) as Key[]) : []
  if (key === undefined || id === undefined) {
    throw coreErrors.cursor_invalid('Ask for the next page with the cursor of the last one.')
  }
  return [key, id]
}
