import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { periodAtIndex, periodContaining, periodIndexAt, type BillingCalendar } from './period.ts'
import { DAY_MS, SLOT_MS } from './time.ts'

/** Since 1980 every civil offset but Liberia's (until 1972) and a few from before is a multiple of a slot. */
const calendar: fc.Arbitrary<BillingCalendar> = fc.record({
  anchorOn: fc
    .date({ min: new Date('1980-01-01'), max: new Date('2060-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
  cadence: fc.record({
    unit: fc.constantFrom('day', 'week', 'month', 'year'),
    count: fc.integer({ min: 1, max: 6 }),
  }),
  timeZone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
})
const index = fc.integer({ min: -60, max: 60 })

describe('service periods, for any zone, anchor and cadence', () => {
  it('tile time: each begins where the one before ends, and none ends before it begins', () => {
    fc.assert(
      fc.property(calendar, index, (calendar, index) => {
        const period = periodAtIndex(calendar, index)
        expect(periodAtIndex(calendar, index + 1).from).toBe(period.to)
        expect(period.to).toBeGreaterThanOrEqual(period.from)
      }),
      { numRuns: 300 },
    )
  })

  it('hold every instant in exactly one period', () => {
    fc.assert(
      fc.property(calendar, index, fc.nat(), (calendar, index, offset) => {
        const { from, to } = periodAtIndex(calendar, index)
        fc.pre(to > from)
        const at = from + (offset % (to - from))
        expect(periodIndexAt(calendar, at)).toBe(index)
        expect(periodContaining(calendar, at)).toEqual({ from, to })
        expect(periodIndexAt(calendar, from)).toBe(index)
        expect(periodIndexAt(calendar, to - 1)).toBe(index)
      }),
      { numRuns: 150 },
    )
  })

  it('begin on a 15-minute slot and are about as long as their cadence says', () => {
    const shortestDays = { day: 0, week: 6, month: 27, year: 364 }
    const longestDays = { day: 2, week: 8, month: 32, year: 367 }
    fc.assert(
      fc.property(calendar, index, (calendar, index) => {
        const { from, to } = periodAtIndex(calendar, index)
        const { unit, count } = calendar.cadence
        if (from > Date.UTC(1980, 0)) expect(Math.abs(from % SLOT_MS)).toBe(0)
        expect(to - from).toBeGreaterThanOrEqual((shortestDays[unit] * count - 1) * DAY_MS)
        expect(to - from).toBeLessThanOrEqual(longestDays[unit] * count * DAY_MS)
      }),
      { numRuns: 300 },
    )
  })
})
