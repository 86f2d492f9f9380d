import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../core/index.ts'
import { dueInstants, lastDueWithin, nextDueAfter, type Calendar } from './due-instants.ts'

const at = (text: string) => Date.parse(text)
const calendars = fc.record<Calendar>({
  cron: fc.constantFrom('* * * * *', '*/10 * * * *', '0 * * * *', '30 2 * * *', '15 3 1 * *', '0 9 * * 1-5'),
  timeZone: fc.constantFrom(
    'UTC',
    'Europe/Vienna',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  ),
})
/** Around changes of the clocks of 2026, to the millisecond. */
const instants = fc
  .tuple(
    fc.constantFrom(
      '2026-03-08T07:00:00Z',
      '2026-03-29T01:00:00Z',
      '2026-04-04T15:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-11-01T06:00:00Z',
      '2026-07-01T00:00:00Z',
    ),
    fc.integer({ min: -6 * HOUR_MS, max: 6 * HOUR_MS }),
  )
  .map(([change, offset]) => at(change) + offset)
const lengths = fc.integer({ min: 0, max: 8 * HOUR_MS })

describe('dueInstants', () => {
  it('gives the same however the time is cut', () => {
    fc.assert(
      fc.property(calendars, instants, lengths, lengths, (calendar, from, first, second) => {
        const [middle, to] = [from + first, from + first + second]
        const parts = [...dueInstants(calendar, from, middle), ...dueInstants(calendar, middle, to)]
        expect(parts).toEqual(dueInstants(calendar, from, to))
      }),
      { numRuns: 60 },
    )
  })

  it('rises, stays within the time asked and lies on whole minutes', () => {
    fc.assert(
      fc.property(calendars, instants, lengths, (calendar, from, length) => {
        const found = dueInstants(calendar, from, from + length)
        expect(found.filter((due) => due < from || due >= from + length || due % MINUTE_MS !== 0)).toEqual([])
        expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })

  it('agrees with the next and the last one', () => {
    fc.assert(
      fc.property(calendars, instants, lengths, (calendar, from, length) => {
        const found = dueInstants(calendar, from, from + length)
        expect(lastDueWithin(calendar, from, from + length)).toBe(found.at(-1))
        const next = nextDueAfter(calendar, from - 1) ?? Infinity
        expect(found[0]).toBe(next < from + length ? next : undefined)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    ['that the clocks leave out falls due when they have changed', '30 2 * * *', '2026-03-29T01:00:00Z'],
    ['that comes twice falls due the first time', '30 2 * * *', '2026-10-25T00:30:00Z'],
    ['of an ordinary day falls due at its civil time', '30 2 * * *', '2026-07-01T00:30:00Z'],
  ])('a civil time in Vienna %s', (_title, cron, due) => {
    const midnight = at(`${due.slice(0, 10)}T00:00:00Z`)
    const found = dueInstants(
      { cron, timeZone: 'Europe/Vienna' },
      midnight - 2 * HOUR_MS,
      midnight + 20 * HOUR_MS,
    )
    expect(found).toEqual([at(due)])
  })

  it('goes on through the hour that comes twice when it names intervals', () => {
    const calendar = { cron: '*/20 * * * *', timeZone: 'Europe/Vienna' }
    const from = at('2026-10-25T00:00:00Z')
    expect(dueInstants(calendar, from, from + 2 * HOUR_MS)).toHaveLength(6)
  })

  it('stops at the limit', () => {
    expect(dueInstants({ cron: '* * * * *', timeZone: 'UTC' }, 0, DAY_MS, 3)).toEqual([
      0,
      MINUTE_MS,
      2 * MINUTE_MS,
    ])
  })

  it('refuses an expression that is none', () => {
    expect(() => dueInstants({ cron: '61 * * * *', timeZone: 'UTC' }, 0, 1)).toThrow(
      'Invalid value for minute',
    )
  })
})
