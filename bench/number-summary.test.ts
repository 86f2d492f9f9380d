import { describe, expect, it } from 'vitest'
import { summarise } from './number-summary.ts'

describe('summarise', () => {
  it('takes the middle of an odd count in any order', () => {
    expect(summarise([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30 })
  })

  it('takes the mean of the middle two of an even count', () => {
    expect(summarise([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 })
  })

  it('rounds to the digits asked for', () => {
    expect(summarise([0.66666, 0.5], 2)).toEqual({ median: 0.58, min: 0.5, max: 0.67 })
  })
})
