import { describe, expect, it } from 'vitest'
import { createObjectCollection } from './object-collection.ts'

type Item = { readonly id: string; readonly colour: string | null }

function aCollection() {
  const changes: [string, Item | undefined][] = []
  const collection = createObjectCollection<Item>({
    idOf: ({ id }) => id,
    indices: { colour: ({ colour }) => colour },
    onChange: (id, item) => changes.push([id, item]),
  })
  for (const [id, colour] of [
    ['a', 'red'],
    ['b', 'blue'],
    ['c', 'red'],
    ['d', null],
  ] as const) {
    collection.put({ id, colour })
  }
  return { collection, changes }
}

const ids = (found: IteratorObject<Item> | undefined) =>
  found === undefined ? undefined : [...found].map(({ id }) => id)
const red = { index: 'colour', indexValue: 'red' }
const blue = { index: 'colour', indexValue: 'blue' }

describe('a collection of objects', () => {
  it('lists the newest first, from a cursor on, and of one index value only', () => {
    const { collection } = aCollection()
    expect(ids(collection.newestFirst())).toEqual(['d', 'c', 'b', 'a'])
    expect(ids(collection.newestFirst(undefined, 'c'))).toEqual(['b', 'a'])
    expect(ids(collection.newestFirst(red))).toEqual(['c', 'a'])
    expect(ids(collection.newestFirst(red, 'c'))).toEqual(['a'])
    expect(ids(collection.newestFirst(red, 'b'))).toEqual(['a'])
    expect(ids(collection.newestFirst(undefined, 'nobody'))).toBe(undefined)
  })

  it('lists the oldest first after a cursor', () => {
    const { collection } = aCollection()
    expect(ids(collection.oldestFirst(undefined, 'b'))).toEqual(['c', 'd'])
    expect(ids(collection.oldestFirst(red, 'a'))).toEqual(['c'])
    expect(ids(collection.oldestFirst(red, 'c'))).toEqual([])
  })

  it('keeps the place of an object that is replaced, also under another index value', () => {
    const { collection } = aCollection()
    collection.put({ id: 'b', colour: 'red' })
    expect(collection.idsWhere('colour', 'red')).toEqual(['a', 'b', 'c'])
    expect(collection.idsWhere('colour', 'blue')).toEqual([])
    collection.put({ id: 'a', colour: 'blue' })
    expect(ids(collection.newestFirst(blue))).toEqual(['a'])
    expect(ids(collection.newestFirst())).toEqual(['d', 'c', 'b', 'a'])
  })

  it('forgets a deleted object everywhere and tells of every change', () => {
    const { collection, changes } = aCollection()
    collection.delete('c')
    collection.delete('nobody')
    expect(collection.get('c')).toBe(undefined)
    expect([collection.size, ids(collection.newestFirst()), ids(collection.newestFirst(red))]).toEqual([
      3,
      ['d', 'b', 'a'],
      ['a'],
    ])
    expect(changes.map(([id, item]) => [id, item?.colour])).toEqual([
      ['a', 'red'],
      ['b', 'blue'],
      ['c', 'red'],
      ['d', null],
      ['c', undefined],
    ])
  })
})
