import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../core/index.ts'
import { backOffMs } from './back-off.ts'

describe('backOffMs', () => {
  it('waits anything from nothing to a limit that doubles with each failure and is capped', () => {
    const limits = { baseMs: 100, capMs: 1_000 }
    const random = createRandom(1)
    const longest = [1, 2, 3, 4, 5, 60].map((failures) =>
      Math.max(...Array.from({ length: 2_000 }, () => backOffMs(limits, failures, random))),
    )
    for (const [place, limit] of [100, 200, 400, 800, 1_000, 1_000].entries()) {
      expect(longest[place]).toBeLessThanOrEqual(limit)
      expect(longest[place]).toBeGreaterThan(limit * 0.9)
    }
  })

  it('waits the same for the same seed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, failures) => {
        const wait = (): number => backOffMs({ baseMs: 500, capMs: 30_000 }, failures, createRandom(seed))
        expect(wait()).toBe(wait())
      }),
    )
  })
})
