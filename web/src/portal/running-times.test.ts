import { describe, expect, it } from 'vitest'

import { runningDays } from './running-times.ts'

const step = (from: string, to: string, quantity: string, isEstimated = false) => ({
  from: `2026-11-${from}:00Z`,
  to: `2026-11-${to}:00Z`,
  quantity,
  isEstimated,
})

describe('runningDays', () => {
  it('joins what ran without a pause, estimated parts apart, and ends at midnight', () => {
    const [day] = runningDays(
      [
        step('23T08:00', '23T08:15', '900'),
        step('23T08:15', '23T08:30', '60'),
        step('23T08:30', '23T08:45', '0'),
        step('23T08:45', '23T09:00', '5'),
        step('23T23:30', '23T23:45', '900', true),
        step('23T23:45', '24T00:00', '900', true),
      ],
      ['2026-11-23'],
      'UTC',
    )
    expect(day?.quantity).toBe(2765n)
    expect(day?.hasEstimate).toBe(true)
    expect(
      day?.stretches.map((stretch) => [stretch.fromMinute, stretch.toMinute, stretch.isEstimated]),
    ).toEqual([
      [480, 510, false],
      [525, 540, false],
      [1410, 1440, true],
    ])
  })

  it('puts a step on the day of its zone and keeps days on which nothing ran', () => {
    const days = runningDays(
      [step('22T18:15', '22T18:30', '900')],
      ['2026-11-22', '2026-11-23'],
      'Asia/Kathmandu',
    )
    expect(days.map(({ day, quantity }) => [day, quantity])).toEqual([
      ['2026-11-22', 0n],
      ['2026-11-23', 900n],
    ])
    expect(days[1]?.stretches[0]?.fromMinute).toBe(0)
  })
})
