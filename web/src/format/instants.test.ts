import { describe, expect, it } from 'vitest'

import { addDays, dayOf, formatInstant, formatPeriod, secondOfDay, startOfDay } from './instants.ts'

describe('formatPeriod', () => {
  it.each([
    ['2026-09-30T22:00:00Z', '2026-10-31T23:00:00Z', 'Europe/Berlin', '1–31 Oct 2026'],
    ['2026-09-30T18:15:00Z', '2026-10-31T18:15:00Z', 'Asia/Kathmandu', '1–31 Oct 2026'],
    ['2026-10-01T00:00:00Z', '2026-10-02T00:00:00Z', 'UTC', '1 Oct 2026'],
  ])('shows %s to %s in %s by its first and last day', (from, to, timeZone, text) => {
    expect(formatPeriod({ from, to }, { locale: 'en-GB', timeZone }).replaceAll('\u2009', '')).toBe(text)
  })
})

describe('formatInstant', () => {
  it.each([
    ['en-GB', '23 Nov 2026, 00:05:03'],
    ['de-DE', '23.11.2026, 00:05:03'],
  ])('shows in %s what the clocks of the zone showed', (locale, text) => {
    expect(formatInstant('2026-11-22T18:20:03Z', { locale, timeZone: 'Asia/Kathmandu' })).toBe(text)
  })
})

describe('startOfDay', () => {
  it.each([
    ['2026-11-23', 'UTC', '2026-11-23T00:00:00.000Z'],
    ['2026-11-23', 'Asia/Kathmandu', '2026-11-22T18:15:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Berlin', '2026-10-25T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', '2026-03-28T23:00:00.000Z'],
    ['2026-11-23', 'America/Los_Angeles', '2026-11-23T08:00:00.000Z'],
  ])('of %s in %s is %s', (day, timeZone, instant) => {
    expect(startOfDay(day, timeZone)).toBe(instant)
  })
})

describe('days and seconds', () => {
  it('are those of the zone', () => {
    expect(dayOf('2026-11-22T18:20:03Z', 'Asia/Kathmandu')).toBe('2026-11-23')
    expect(secondOfDay('2026-11-22T18:20:03Z', 'Asia/Kathmandu')).toBe(303)
  })

  it('are counted on the calendar', () => {
    expect(addDays('2026-02-27', 2)).toBe('2026-03-01')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
  })
})
