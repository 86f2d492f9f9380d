/**
 * Objects of one kind in the order of their creation, found by id or by the value of an index without looking at the others.
 *
 * Objects are never changed in place: `put` replaces one, keeps its place in the order and tells `onChange`. An index gives each object one
 * value or none; lists come newest first and may begin after a cursor.
 */

export type ObjectCollection<T> = {
  readonly size: number
  get(id: string): T | undefined
  put(item: T): void
  delete(id: string): void
  /** The ids of those with this value of the index, the oldest first. */
  idsWhere(index: string, indexValue: string): readonly string[]
  /** The oldest first. */
  all(): IteratorObject<T>
  entries(): IteratorObject<readonly [string, T]>
  /** Those older than the object `beforeId`, or all; of one index value, or all. Undefined when `beforeId` is not here. */
  newestFirst(scope?: IndexScope, beforeId?: string): IteratorObject<T> | undefined
  /** Those newer than the object `afterId`, the oldest first. Undefined when `afterId` is not here. */
  oldestFirst(scope: IndexScope | undefined, afterId: string): IteratorObject<T> | undefined
}

export type IndexScope = { readonly index: string; readonly indexValue: string }

/** By name; an item for which one gives null or undefined is not in it. */
export type Indices<T> = Readonly<Record<string, (item: T) => string | null | undefined>>

type CollectionOptions<T> = {
  readonly idOf: (item: T) => string
  readonly indices?: Indices<T>
  readonly onChange?: (id: string, item: T | undefined) => void
}

export function createObjectCollection<T>(options: CollectionOptions<T>): ObjectCollection<T> {
  const items = new Map<string, { item: T; readonly place: number }>()
  /** Ids by place; a deleted one leaves a gap. */
  const order: (string | undefined)[] = []
  const indices = Object.entries(options.indices ?? {}).map(([name, valueOf]) => ({
    name,
    valueOf,
    /** Places in rising order. */
    places: new Map<string, number[]>(),
  }))

  function placesOf({ index, indexValue }: IndexScope): readonly number[] {
    const found = indices.find(({ name }) => name === index)
    if (found === undefined) throw new TypeError(`There is no index ${index}.`)
    return found.places.get(indexValue) ?? []
  }

  function reindex(before: T | undefined, after: T | undefined, place: number): void {
    for (const { valueOf, places } of indices) {
      const from = before === undefined ? undefined : (valueOf(before) ?? undefined)
      const to = after === undefined ? undefined : (valueOf(after) ?? undefined)
      if (from === to) continue
      if (from !== undefined) {
        const there = places.get(from) ?? []
        there.splice(firstAtLeast(there, place), 1)
        if (there.length === 0) places.delete(from)
      }
      if (to !== undefined) {
        const there = places.get(to)
        if (there === undefined) places.set(to, [place])
        else there.splice(firstAtLeast(there, place), 0, place)
      }
    }
  }

  function* visit(places: readonly number[] | undefined, start: number, step: 1 | -1): Generator<T> {
    const end = places?.length ?? order.length
    for (let at = start; at >= 0 && at < end; at += step) {
      const id = order[places === undefined ? at : (places[at] ?? -1)]
      const entry = id === undefined ? undefined : items.get(id)
      if (entry !== undefined) yield entry.item
    }
  }

  return {
    get size() {
      return items.size
    },
    get: (id) => items.get(id)?.item,
    put(item) {
      const id = options.idOf(item)
      const entry = items.get(id)
      if (entry === undefined) {
        reindex(undefined, item, order.length)
        items.set(id, { item, place: order.length })
        order.push(id)
      } else {
        reindex(entry.item, item, entry.place)
        entry.item = item
      }
      options.onChange?.(id, item)
    },
    delete(id) {
      const entry = items.get(id)
      if (entry === undefined) return
      reindex(entry.item, undefined, entry.place)
      order[entry.place] = undefined
      items.delete(id)
      options.onChange?.(id, undefined)
    },
    idsWhere: (index, indexValue) => placesOf({ index, indexValue }).flatMap((place) => order[place] ?? []),
    all: () => visit(undefined, 0, 1),
    entries: () => items.entries().map(([id, { item }]) => [id, item] as const),
    newestFirst(scope, beforeId) {
      const places = scope === undefined ? undefined : placesOf(scope)
      const count = places?.length ?? order.length
      if (beforeId === undefined) return visit(places, count - 1, -1)
      const place = items.get(beforeId)?.place
      if (place === undefined) return undefined
      return visit(places, (places === undefined ? place : firstAtLeast(places, place)) - 1, -1)
    },
    oldestFirst(scope, afterId) {
      const places = scope === undefined ? undefined : placesOf(scope)
      const place = items.get(afterId)?.place
      if (place === undefined) return undefined
      return visit(places, places === undefined ? place + 1 : firstAtLeast(places, place + 1), 1)
    },
  }
}

/** The position of the first member that is not below `least`. */
function firstAtLeast(rising: readonly number[], least: number): number {
  let low = 0
  let high = rising.length
  if ((rising.at(-1) ?? -1) < least) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((rising[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
}
