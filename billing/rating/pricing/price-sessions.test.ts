import { describe, expect, it } from 'vitest'
import { getInstant } from '../../../core/index.ts'
import { aDeviceId, anEvent, rateOne } from '../rating-builders.ts'
import type { EventRecord } from '../rating-types.ts'
import type { SessionItem } from '../tariff-schema.ts'

const item: SessionItem = {
  type: 'session',
  id: 'use',
  description: 'Use',
  event: 'use',
  price: '0.50',
  increment: 900,
}
const start = getInstant('2026-10-05T10:00:00+02:00')

const lasting = (seconds: number, event: Partial<EventRecord> = {}) =>
  anEvent({ type: 'use', from: start, to: start + seconds * 1000, quantity: 0n, ...event })
const amountOf = (terms: Partial<SessionItem>, ...events: EventRecord[]) =>
  rateOne({ ...item, ...terms }, { events }).unroundedAmount

describe('a session at 0.50 each begun 900 s', () => {
  it.each([
    [0, '0'],
    [1, '0.5'],
    [900, '0.5'],
    [900.001, '1'],
    [901, '1'],
    [1800, '1'],
  ])('that lasts %d s costs %s', (seconds, amount) => {
    expect(amountOf({}, lasting(seconds))).toBe(amount)
  })

  it.each([
    [0, '1'],
    [300, '1'],
    [301, '1.5'],
    [1200, '1.5'],
    [1201, '2'],
  ])('with a start fee of 1 and 300 s free, lasting %d s, costs %s', (seconds, amount) => {
    expect(amountOf({ startFee: '1', free: 300 }, lasting(seconds))).toBe(amount)
  })

  it.each([
    // lasted, used, exact amount with 0.1 each begun 60 s of idling after the first 120 s
    [1800, 1800n, '1'],
    [1800, 2000n, '1'],
    [1800, 1680n, '1'], // 120 s idle are free
    [1800, 1679n, '1.1'],
    [1800, 900n, '1.8'], // 0.5 + 13 minutes
    [1800, 0n, '2.8'], // 28 minutes
  ])('that lasts %d s and is used for %i costs with idling %s', (seconds, used, amount) => {
    const idle = { price: '0.1', increment: 60, free: 120 }
    expect(amountOf({ idle }, lasting(seconds, { quantity: used }))).toBe(amount)
  })

  it('is one of several that are each rounded up to their increments', () => {
    expect(amountOf({}, lasting(1, { id: 'a' }), lasting(1, { id: 'b' }))).toBe('1')
  })

  it('counts where it ends', () => {
    const from = getInstant('2026-09-30T23:50:00+02:00')
    expect(amountOf({}, lasting(0, { from, to: from + 1_200_000 }))).toBe('1')
  })
})

describe('a daily maximum of 4', () => {
  const maximum = { dailyMaximum: '4' }
  const hour = { ...maximum, price: '1', increment: 3600 }

  it.each([
    [4, '4'],
    [5, '4'],
    [13, '4'],
    [14, '4'], // to midnight
    [15, '5'], // an hour of the next day
    [18, '8'],
    [40, '10'], // 14 hours, 24 hours and 2 hours of a third day
  ])('holds for %d hours from ten o’clock on: %s', (hours, amount) => {
    expect(amountOf(hour, lasting(hours * 3600))).toBe(amount)
  })

  it('is for each device', () => {
    const other = { deviceId: aDeviceId('drill-2'), id: 'b' }
    expect(amountOf(hour, lasting(6 * 3600), lasting(5 * 3600, other))).toBe('8')
  })

  it('is for the sessions of a day together', () => {
    const later = start + 7 * 3_600_000
    expect(
      amountOf(hour, lasting(3 * 3600), lasting(0, { id: 'b', from: later, to: later + 7_200_000 })),
    ).toBe('4')
  })

  it('is of a civil day, of which one in October has 25 hours', () => {
    const from = getInstant('2026-10-25T00:00:00+02:00')
    const event = lasting(0, { from, to: getInstant('2026-10-26T00:00:00+01:00') })
    expect(amountOf({ ...hour, dailyMaximum: '24' }, event)).toBe('24')
    expect(amountOf({ ...hour, dailyMaximum: '25' }, event)).toBe('25')
  })

  it('is explained by what it takes off', () => {
    const line = rateOne({ ...item, ...hour }, { events: [lasting(15 * 3600, { id: 'long' })] })
    expect(line.explanation.steps).toEqual([
      {
        kind: 'session',
        deviceId: 'drill-1',
        eventId: 'long',
        seconds: '54000',
        increments: '15',
        idleIncrements: '0',
        amount: '15',
      },
      { kind: 'daily_maximum', deviceId: 'drill-1', on: '2026-10-05', amount: '-10' },
    ])
  })
})
