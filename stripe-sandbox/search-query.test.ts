import { describe, expect, it } from 'vitest'
import { parseSearchQuery } from './search-query.ts'

const fields = ['metadata', 'number']

describe('a search query', () => {
  it.each([
    ["number:'A-1'", [{ field: 'number', wanted: 'A-1' }]],
    ['number:"A-1"', [{ field: 'number', wanted: 'A-1' }]],
    ["metadata['bill']:'7'", [{ field: 'metadata.bill', wanted: '7' }]],
    ['metadata["bill id"] : "it\'s 7"', [{ field: 'metadata.bill id', wanted: "it's 7" }]],
    [String.raw`number:'a\'b'`, [{ field: 'number', wanted: "a'b" }]],
    [
      "metadata['a']:'1' AND number:'x AND y'",
      [
        { field: 'metadata.a', wanted: '1' },
        { field: 'number', wanted: 'x AND y' },
      ],
    ],
  ])('%s is read', (query, clauses) => {
    expect(parseSearchQuery(query, fields)).toEqual(clauses)
  })

  it.each([
    '',
    'number',
    "number:'a' number:'b'",
    "number:'a' AND",
    "number:'a' OR number:'b'",
    "-number:'a'",
    "number:'a",
    "total:'1'",
    "metadata:'1'",
    "number['x']:'1'",
    'number>1',
  ])('%s is refused', (query) => {
    expect(() => parseSearchQuery(query, fields)).toThrow(expect.objectContaining({ status: 400 }))
  })
})
