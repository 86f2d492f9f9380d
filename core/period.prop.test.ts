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
    unit: fc.constantFrom('day', 'week', 'month', 'quarter', 'year'),
    count: fc.integer({ min: 1, max: 6 }),
  }),
  timeZone: fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
})
const index = fc.integer({ min: -60, max: 60 })
const onThe31st = fc
  .tuple(fc.integer({ min: 1980, max: 2060 }), fc.constantFrom('01', '03', '05', '07', '08', '10', '12'))
  .map(([year, month]) => `${year}-${month}-31`)

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
    const shortestDays = { day: 0, week: 6, month: 27, quarter: 89, year: 364 }
    const longestDays = { day: 2, week: 8, month: 32, quarter: 93, year: 367 }
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

  it('come back to the 31st in every month that has one, and else begin on its last day', () => {
    const monthly = fc.record({ calendar, anchorOn: onThe31st, unit: fc.constantFrom('month', 'quarter') })
    fc.assert(
      fc.property(monthly, index, ({ calendar, anchorOn, unit }, index) => {
        const { timeZone, cadence } = calendar
        const { from } = periodAtIndex({ timeZone, anchorOn, cadence: { ...cadence, unit } }, index)
        const startOn = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone)
        expect(startOn.day).toBe(startOn.daysInMonth)
      }),
      { numRuns: 150 },
    )
  })

  it('are as many days long as their two instants say', () => {
    fc.assert(
      fc.property(calendar, index, ({ anchorOn, timeZone }, index) => {
        const day = periodAtIndex({ anchorOn, timeZone, cadence: { unit: 'day', count: 1 } }, index)
        const midnight = (days: number) =>
          Temporal.PlainDate.from(anchorOn).add({ days }).toZonedDateTime(timeZone).epochMilliseconds
        expect(day.to - day.from).toBe(midnight(index + 1) - midnight(index))
      }),
      { numRuns: 150 },
    )
  })
})
