import { describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { bandAt, bandBorders } from './bands.ts'
import { aTariff, aUsage, berlinOffsets, october, rateOne } from './rating-builders.ts'
import type { ZoneOffset } from './rating-types.ts'
import type { TariffCalendar } from './tariff-schema.ts'

const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday'] as const
const always = (id: string, from: string, to: string) => ({ id, days: [...everyDay], from, to })
const calendar: TariffCalendar = {
  bands: [
    { id: 'day', days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '20:00' },
    { id: 'feast', days: ['holiday'], from: '00:00', to: '12:00' },
  ],
  otherwise: 'night',
  holidays: ['2026-10-05'],
}
const at = (text: string) => getInstant(text)

const march: readonly ZoneOffset[] = [
  { from: at('2025-10-26T01:00:00Z'), offsetMs: 3_600_000 },
  { from: at('2026-03-29T01:00:00Z'), offsetMs: 7_200_000 },
]
/** Half an hour of summer: from +10:30 to +11:00 in October, and back in April, both at 02:00. */
const lordHowe: readonly ZoneOffset[] = [
  { from: at('2025-10-04T15:30:00Z'), offsetMs: 39_600_000 },
  { from: at('2026-04-04T15:00:00Z'), offsetMs: 37_800_000 },
  { from: at('2026-10-03T15:30:00Z'), offsetMs: 39_600_000 },
]

describe('bandAt', () => {
  it.each([
    ['2026-10-02T07:59:59.999+02:00', 'night'],
    ['2026-10-02T08:00:00+02:00', 'day'],
    ['2026-10-02T19:59:59.999+02:00', 'day'],
    ['2026-10-02T20:00:00+02:00', 'night'],
    ['2026-10-03T12:00:00+02:00', 'night'], // a Saturday
    ['2026-10-05T08:00:00+02:00', 'feast'], // a Monday, but a holiday
    ['2026-10-05T12:00:00+02:00', 'night'],
    ['2026-10-26T07:30:00+01:00', 'night'],
    ['2026-10-26T08:00:00+01:00', 'day'],
  ])('at %s is %s', (text, band) => {
    expect(bandAt(calendar, berlinOffsets, at(text))).toBe(band)
  })
})

describe('bandBorders', () => {
  const between = (
    bands: TariffCalendar['bands'],
    offsets: readonly ZoneOffset[],
    from: string,
    to: string,
  ) =>
    bandBorders({ bands, otherwise: 'rest' }, offsets, { from: at(from), to: at(to) }).map((instant) =>
      new Date(instant).toISOString().slice(0, 16),
    )

  it('are where another band begins, strictly inside the span', () => {
    const span = { from: at('2026-10-02T08:00:00+02:00'), to: at('2026-10-05T12:00:00+02:00') }
    expect(bandBorders(calendar, berlinOffsets, span)).toEqual([
      at('2026-10-02T20:00:00+02:00'),
      at('2026-10-05T00:00:00+02:00'),
    ])
  })

  it('give an hour that comes twice to its band twice', () => {
    expect(
      between(
        [always('two', '02:00', '03:00')],
        berlinOffsets,
        '2026-10-24T22:00:00Z',
        '2026-10-25T23:00:00Z',
      ),
    ).toEqual(['2026-10-25T00:00', '2026-10-25T02:00'])
  })

  it('come again where the clock is put back into the band before', () => {
    expect(
      between(
        [always('two', '02:00', '02:30')],
        berlinOffsets,
        '2026-10-24T22:00:00Z',
        '2026-10-25T23:00:00Z',
      ),
    ).toEqual(['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30'])
  })

  it('leave out a band whose hour is skipped', () => {
    expect(
      between([always('two', '02:00', '03:00')], march, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'),
    ).toEqual([])
  })

  it('begin a band with the change where its beginning is skipped', () => {
    expect(
      between([always('two', '02:30', '04:00')], march, '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'),
    ).toEqual(['2026-03-29T01:00', '2026-03-29T02:00'])
  })

  it('follow the half hour of Lord Howe back', () => {
    // At 02:00 it is 01:30 again: 01:30 comes at 14:30Z and at 15:00Z.
    expect(
      between([always('early', '01:30', '01:45')], lordHowe, '2026-04-04T13:00:00Z', '2026-04-05T12:00:00Z'),
    ).toEqual(['2026-04-04T14:30', '2026-04-04T14:45', '2026-04-04T15:00', '2026-04-04T15:15'])
  })

  it('follow the half hour of Lord Howe forth', () => {
    // At 02:00 it is 02:30: a band from 02:15 begins with the change.
    expect(
      between([always('early', '02:15', '02:45')], lordHowe, '2026-10-03T13:30:00Z', '2026-10-04T12:00:00Z'),
    ).toEqual(['2026-10-03T15:30', '2026-10-03T15:45'])
  })
})

describe('a price by bands', () => {
  const item = {
    type: 'time_of_use',
    id: 'energy',
    description: 'Energy',
    register: 'run_s',
    per: 1,
    unit: 's',
    calendar: 'week',
    prices: { day: '2', feast: '0', night: '1' },
  } as const
  const version = {
    id: 'version-1',
    ...october,
    document: { ...aTariff({ items: [item] }), calendars: { week: calendar } },
  }
  const morning = { from: at('2026-10-02T08:00:00+02:00'), to: at('2026-10-02T20:00:00+02:00') }
  const evening = { from: morning.to, to: at('2026-10-03T00:00:00+02:00') }

  it('explains each band that was used', () => {
    const usage = [aUsage(10n, morning), aUsage(5n, { ...evening, startValue: 1_010n })]
    const line = rateOne(item, { versions: [version], usage })
    expect([line.quantity, line.unroundedAmount, line.unitPrice]).toEqual(['15', '25', undefined])
    expect(line.explanation.steps).toEqual([
      { kind: 'band', band: 'day', quantity: '10', price: '2', amount: '20' },
      { kind: 'band', band: 'night', quantity: '5', price: '1', amount: '5' },
    ])
  })

  it('refuses usage that is not cut at a border', () => {
    const usage = [aUsage(10n, { from: morning.from, to: evening.to })]
    expect(() => rateOne(item, { versions: [version], usage })).toThrow(
      expect.objectContaining({ code: 'rating_input_invalid' }),
    )
  })
})
