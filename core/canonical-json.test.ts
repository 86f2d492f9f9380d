import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('orders members and drops white space and what is undefined', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'é"' }], a: true, e: undefined })).toBe(
      '{"a":true,"b":[1,{"c":"é\\"","d":null}]}',
    )
  })

  it('is the same for members in another order', () => {
    expect(canonicalJson({ x: 1, y: { a: 1, b: 2 } })).toBe(canonicalJson({ y: { b: 2, a: 1 }, x: 1 }))
  })
})
