import { describe, expect, it } from 'vitest'

import { differencesOf } from './differences.ts'

describe('differencesOf', () => {
  it('names the members that changed, nested ones by their path, and leaves the others out', () => {
    const before = { name: 'Acme', taxId: null, seller: { city: 'Linz', country: 'AT' }, tags: ['a', 'b'] }
    const after = { name: 'Acme', taxId: 'ATU1', seller: { city: 'Graz', country: 'AT' }, tags: ['b'] }
    expect(differencesOf(before, after)).toEqual([
      { path: 'taxId', before: 'null', after: 'ATU1' },
      { path: 'seller.city', before: 'Linz', after: 'Graz' },
      { path: 'tags', before: 'a, b', after: 'b' },
    ])
  })

  it('shows all of what came to be and of what is gone', () => {
    expect(differencesOf(null, { name: 'Acme', count: 3 })).toEqual([
      { path: 'name', before: undefined, after: 'Acme' },
      { path: 'count', before: undefined, after: '3' },
    ])
    expect(differencesOf({ name: 'Acme' }, null)).toEqual([
      { path: 'name', before: 'Acme', after: undefined },
    ])
  })

  it.each([
    [null, null, []],
    [{}, {}, []],
    [
      { a: {} },
      { a: { b: 1 } },
      [
        { path: 'a.b', before: undefined, after: '1' },
        { path: 'a', before: '{}', after: undefined },
      ],
    ],
    ['old', 'new', [{ path: '', before: 'old', after: 'new' }]],
    [{ items: [{ id: 'x' }] }, { items: [] }, [{ path: 'items', before: '[{"id":"x"}]', after: '' }]],
    [{ isOn: false }, { isOn: true }, [{ path: 'isOn', before: 'false', after: 'true' }]],
  ])('of %j and %j is %j', (before, after, expected) => {
    expect(differencesOf(before, after)).toEqual(expected)
  })
})
