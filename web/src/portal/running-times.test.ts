import { describe, expect, it } from 'vitest'

import { runningDays } from './running-times.ts'

const daily = (from: string, to: string, quantity: string) => ({
  from: `2026-11-${from}:00Z`,
  to: `2026-11-${to}:00Z`,
  quantity,
  isEstimated: false,
})
const session = (from: string, to: string, isEstimated = false) => ({
  from: `2026-11-${from}Z`,
  to: `2026-11-${to}Z`,
  quantity: '1',
  register: 'run_s',
  isEstimated,
})

describe('runningDays', () => {
  it('says to the second when it ran, and cuts at midnight', () => {
    const days = runningDays(
      {
        daily: [daily('23T00:00', '24T00:00', '2765'), daily('24T00:00', '25T00:00', '600')],
        sessions: [session('23T08:00:07', '23T08:02:09'), session('23T23:30:00', '24T00:10:00', true)],
      },
      ['2026-11-23', '2026-11-24'],
      'UTC',
    )
    expect(days).toEqual([
      {
        day: '2026-11-23',
        quantity: 2765n,
        hasEstimate: true,
        stretches: [
          {
            from: '2026-11-23T08:00:07Z',
            to: '2026-11-23T08:02:09Z',
            fromSecond: 28_807,
            toSecond: 28_929,
            isEstimated: false,
          },
          {
            from: '2026-11-23T23:30:00Z',
            to: '2026-11-24T00:00:00.000Z',
            fromSecond: 84_600,
            toSecond: 86_400,
            isEstimated: true,
          },
        ],
      },
      {
        day: '2026-11-24',
        quantity: 600n,
        hasEstimate: true,
        stretches: [
          {
            from: '2026-11-24T00:00:00.000Z',
            to: '2026-11-24T00:10:00Z',
            fromSecond: 0,
            toSecond: 600,
            isEstimated: true,
          },
        ],
      },
    ])
  })

  it('goes by the clock of the zone and keeps days on which nothing ran', () => {
    const days = runningDays(
      { daily: [daily('22T18:15', '23T18:15', '900')], sessions: [session('22T18:15:00', '22T18:30:01')] },
      ['2026-11-22', '2026-11-23'],
      'Asia/Kathmandu',
    )
    expect(days.map(({ day, quantity }) => [day, quantity])).toEqual([
      ['2026-11-22', 0n],
      ['2026-11-23', 900n],
    ])
    expect(days.map(({ stretches }) => stretches.length)).toEqual([0, 1])
    expect(days[1]?.stretches[0]?.toSecond).toBe(901)
  })

  it('ends at the end of a day of 25 hours', () => {
    const long = {
      ...session('01T00:00:00', '01T00:00:00'),
      from: '2026-10-24T20:00:00Z',
      to: '2026-10-26T10:00:00Z',
    }
    const [day] = runningDays({ daily: [], sessions: [long] }, ['2026-10-25'], 'Europe/Vienna')
    expect(day?.stretches[0]).toMatchObject({
      from: '2026-10-24T22:00:00.000Z',
      to: '2026-10-25T23:00:00.000Z',
      fromSecond: 0,
      toSecond: 86_400,
    })
  })
})
