import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from './random.ts'

describe('createRandom', () => {
  it('repeats itself for the same parts and differs for others', () => {
    const draw = (...parts: (string | number)[]): string => {
      const random = createRandom(...parts)
      return Array.from({ length: 5 }, () => random.below(1_000_000)).join(' ')
    }
    expect(draw(7, 'day', '2026-10-01')).toBe(draw(7, 'day', '2026-10-01'))
    const others = [
      draw(7, 'day', '2026-10-02'),
      draw(8, 'day', '2026-10-01'),
      draw('7', 'day', '2026-10-01'),
    ]
    expect(new Set([...others, draw(7, 'day', '2026-10-01')]).size).toBe(4)
  })

  it('draws whole numbers between both ends, the ends included', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: -50, max: 50 }), fc.nat({ max: 5 }), (seed, minimum, width) => {
        const random = createRandom(seed)
        const drawn = Array.from({ length: 200 }, () => random.between(minimum, minimum + width))
        const expected = Array.from({ length: width + 1 }, (_, place) => minimum + place)
        expect([...new Set(drawn)].sort((left, right) => left - right)).toEqual(expected)
      }),
    )
  })

  it('takes a chance about as often as asked', () => {
    const random = createRandom('chance')
    const taken = Array.from({ length: 10_000 }, () => random.chance(250)).filter(Boolean).length
    expect(taken).toBeGreaterThan(2_300)
    expect(taken).toBeLessThan(2_700)
  })
})
