import { describe, expect, it } from 'vitest'
import {
  assertTimeZone,
  getCivilDate,
  periodAtIndex,
  periodContaining,
  periodIndexAt,
  type BillingCalendar,
  type CadenceUnit,
} from './period.ts'
import { formatInstant, getInstant, HOUR_MS } from './time.ts'

function calendar(anchorOn: string, unit: CadenceUnit, timeZone = 'UTC', count = 1): BillingCalendar {
  return { anchorOn, cadence: { unit, count }, timeZone }
}

function bordersOf(calendar: BillingCalendar, firstIndex: number, lastIndex: number): string[] {
  const borders: string[] = []
  for (let index = firstIndex; index <= lastIndex; index += 1) {
    borders.push(formatInstant(periodAtIndex(calendar, index).from).replace(':00.000Z', 'Z'))
  }
  return borders
}

describe('periodAtIndex', () => {
  it('keeps the 31st as anchor after February', () => {
    expect(bordersOf(calendar('2026-01-31', 'month'), 0, 4)).toEqual([
      '2026-01-31T00:00Z',
      '2026-02-28T00:00Z',
      '2026-03-31T00:00Z',
      '2026-04-30T00:00Z',
      '2026-05-31T00:00Z',
    ])
  })

  it('bills the 31st on 29 February in a leap year', () => {
    expect(bordersOf(calendar('2027-12-31', 'month'), 1, 3)).toEqual([
      '2028-01-31T00:00Z',
      '2028-02-29T00:00Z',
      '2028-03-31T00:00Z',
    ])
  })

  it('comes back to 29 February every fourth year', () => {
    expect(bordersOf(calendar('2024-02-29', 'year'), -1, 4)).toEqual([
      '2023-02-28T00:00Z',
      '2024-02-29T00:00Z',
      '2025-02-28T00:00Z',
      '2026-02-28T00:00Z',
      '2027-02-28T00:00Z',
      '2028-02-29T00:00Z',
    ])
  })

  it('counts backwards from the anchor for negative indexes', () => {
    expect(bordersOf(calendar('2026-03-31', 'month'), -2, 0)).toEqual([
      '2026-01-31T00:00Z',
      '2026-02-28T00:00Z',
      '2026-03-31T00:00Z',
    ])
  })

  it.each([
    ['quarter', 1],
    ['month', 3],
  ] as const)('steps by quarters, as %s × %i', (unit, count) => {
    expect(bordersOf(calendar('2027-11-30', unit, 'UTC', count), -1, 2)).toEqual([
      '2027-08-30T00:00Z',
      '2027-11-30T00:00Z',
      '2028-02-29T00:00Z',
      '2028-05-30T00:00Z',
    ])
  })

  it('counts two quarters as half a year', () => {
    expect(bordersOf(calendar('2026-08-31', 'quarter', 'UTC', 2), 0, 2)).toEqual([
      '2026-08-31T00:00Z',
      '2027-02-28T00:00Z',
      '2027-08-31T00:00Z',
    ])
  })

  it('makes a quarter with a clock change an hour shorter or longer than its days', () => {
    const quarterly = calendar('2026-01-01', 'quarter', 'Europe/Berlin')
    const hoursOf = (index: number) => {
      const { from, to } = periodAtIndex(quarterly, index)
      return (to - from) / HOUR_MS
    }
    expect([0, 1, 2, 3].map(hoursOf)).toEqual([90 * 24 - 1, 91 * 24, 92 * 24, 92 * 24 + 1])
  })

  it('leaves nothing for the day that Apia skipped, and bills its month without it', () => {
    expect(bordersOf(calendar('2011-12-29', 'day', 'Pacific/Apia'), 0, 3)).toEqual([
      '2011-12-29T10:00Z',
      '2011-12-30T10:00Z',
      '2011-12-30T10:00Z',
      '2011-12-31T10:00Z',
    ])
    const { from, to } = periodAtIndex(calendar('2011-12-01', 'month', 'Pacific/Apia'), 0)
    expect((to - from) / HOUR_MS).toBe(30 * 24)
  })

  it('steps by fortnights', () => {
    expect(bordersOf(calendar('2026-02-20', 'week', 'UTC', 2), 0, 2)).toEqual([
      '2026-02-20T00:00Z',
      '2026-03-06T00:00Z',
      '2026-03-20T00:00Z',
    ])
  })

  it.each([
    ['Europe/Berlin', '2026-03-29', 23, 'clocks go forward'],
    ['Europe/Berlin', '2026-10-25', 25, 'clocks go back'],
    ['Europe/Berlin', '2026-10-26', 24, 'nothing happens'],
    ['Australia/Lord_Howe', '2026-10-04', 23.5, 'clocks go forward by half an hour'],
    ['Australia/Lord_Howe', '2026-04-05', 24.5, 'clocks go back by half an hour'],
    ['America/Sao_Paulo', '2018-11-04', 23, 'midnight does not exist'],
    ['Asia/Beirut', '2026-03-29', 23, 'midnight does not exist'],
    ['America/Havana', '2026-11-01', 25, 'midnight exists twice'],
    ['Asia/Kathmandu', '2026-03-29', 24, 'there is no daylight saving'],
    ['Pacific/Apia', '2011-12-30', 0, 'the whole day was left out'],
  ])('makes a day in %s on %s %s hours long: %s', (timeZone, anchorOn, hours) => {
    const { from, to } = periodAtIndex(calendar(anchorOn, 'day', timeZone), 0)
    expect((to - from) / HOUR_MS).toBe(hours)
  })

  it.each([
    ['Asia/Kathmandu', '2026-01-31', '2026-01-30T18:15:00.000Z'],
    ['Europe/Berlin', '2026-07-01', '2026-06-30T22:00:00.000Z'],
    ['America/New_York', '2026-07-01', '2026-07-01T04:00:00.000Z'],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z'],
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z'],
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z'],
    ['America/Toronto', '1919-03-31', '1919-03-31T04:30:00.000Z'],
  ])('begins a civil date at its first instant: %s, %s', (timeZone, anchorOn, expected) => {
    expect(formatInstant(periodAtIndex(calendar(anchorOn, 'month', timeZone), 0).from)).toBe(expected)
  })

  it('cuts months at local midnight on both sides of a clock change', () => {
    expect(bordersOf(calendar('2026-03-01', 'month', 'Europe/Berlin'), 0, 1)).toEqual([
      '2026-02-28T23:00Z',
      '2026-03-31T22:00Z',
    ])
  })
})

describe('periodContaining', () => {
  const monthly = calendar('2026-01-31', 'month', 'Europe/Berlin')

  it('counts a border to the period that begins there', () => {
    const border = getInstant('2026-02-28T00:00:00+01:00')
    expect(periodIndexAt(monthly, border)).toBe(1)
    expect(periodIndexAt(monthly, border - 1)).toBe(0)
    expect(periodContaining(monthly, border)).toEqual({
      from: border,
      to: getInstant('2026-03-31T00:00:00+02:00'),
    })
  })

  it('finds periods before the anchor', () => {
    expect(periodIndexAt(monthly, getInstant('2026-01-30T23:59:59+01:00'))).toBe(-1)
    expect(periodIndexAt(monthly, getInstant('2025-12-30T12:00:00+01:00'))).toBe(-2)
  })

  it('never answers with the period of a day that was left out', () => {
    const daily = calendar('2011-12-29', 'day', 'Pacific/Apia')
    const lastInstantOfThe29th = getInstant('2011-12-29T23:59:59.999-10:00')
    expect(periodIndexAt(daily, lastInstantOfThe29th)).toBe(0)
    expect(periodIndexAt(daily, lastInstantOfThe29th + 1)).toBe(2)
  })
})

describe('assertTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/Argentina/Buenos_Aires', 'Etc/GMT+3'])(
    'takes %s',
    (timeZone) => {
      expect(assertTimeZone(timeZone)).toBe(undefined)
    },
  )

  it.each([
    '',
    'Z',
    '+01:00',
    '-05:00',
    'Berlin',
    'Europe/Atlantis',
    ' UTC',
    'UTC ',
    '2026-01-01T00:00Z',
    '2026-01-01T00:00[Europe/Berlin]',
  ])('refuses "%s" with time_zone_unknown', (timeZone) => {
    expect(() => assertTimeZone(timeZone)).toThrow(expect.objectContaining({ code: 'time_zone_unknown' }))
  })
})

describe('getCivilDate', () => {
  it('reads a calendar date', () => {
    expect(getCivilDate('2028-02-29').toString()).toBe('2028-02-29')
  })

  it.each([
    '2026-02-29',
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-1-31',
    '20260131',
    '2026-01-31T00:00',
    '+002026-01-31',
    '',
    '31.01.2026',
  ])('refuses "%s" with civil_date_invalid', (text) => {
    expect(() => getCivilDate(text)).toThrow(expect.objectContaining({ code: 'civil_date_invalid' }))
  })
})
