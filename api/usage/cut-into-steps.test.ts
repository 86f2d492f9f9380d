import { describe, expect, it } from 'vitest'

import { AppError, formatInstant, getInstant } from '../../core/index.ts'
import { cutIntoSteps, MAX_USAGE_STEPS, type UsageStep } from './cut-into-steps.ts'

function steps(from: string, to: string, step: UsageStep, timeZone?: string): string[] {
  return cutIntoSteps({ from: getInstant(from), to: getInstant(to) }, step, timeZone).map(
    ({ from, to }) => `${formatInstant(from).slice(5, 16)} ${formatInstant(to).slice(5, 16)}`,
  )
}

function refusal(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, pointer: error.issues[0]?.pointer }
    throw error
  }
  return 'taken'
}

describe('cutIntoSteps', () => {
  it('leaves the span whole without a step', () => {
    expect(steps('2026-11-22T07:12:00Z', '2026-11-22T09:30:00Z', 'none')).toEqual(['11-22T07:12 11-22T09:30'])
  })

  it('cuts at full hours of UTC, with a shorter first and last step', () => {
    expect(steps('2026-11-22T07:12:00Z', '2026-11-22T09:30:00Z', 'hour')).toEqual([
      '11-22T07:12 11-22T08:00',
      '11-22T08:00 11-22T09:00',
      '11-22T09:00 11-22T09:30',
    ])
  })

  it('makes no empty step when the span begins and ends on borders', () => {
    expect(steps('2026-11-22T07:00:00Z', '2026-11-22T08:00:00Z', 'hour')).toEqual(['11-22T07:00 11-22T08:00'])
    expect(steps('2026-11-21T23:00:00Z', '2026-11-22T23:00:00Z', 'day', 'Europe/Berlin')).toEqual([
      '11-21T23:00 11-22T23:00',
    ])
  })

  it('cuts at the midnights of the zone, so that a day at a clock change has 25 hours', () => {
    expect(steps('2026-10-24T12:00:00Z', '2026-10-26T12:00:00Z', 'day', 'Europe/Berlin')).toEqual([
      '10-24T12:00 10-24T22:00',
      '10-24T22:00 10-25T23:00',
      '10-25T23:00 10-26T12:00',
    ])
  })

  it('cuts hours before 1970 at full hours too', () => {
    expect(steps('1969-12-31T22:30:00Z', '1970-01-01T00:00:00Z', 'hour')).toEqual([
      '12-31T22:30 12-31T23:00',
      '12-31T23:00 01-01T00:00',
    ])
  })

  it('takes a thousand steps and refuses one more', () => {
    const from = getInstant('2026-01-01T00:00:00Z')
    const to = from + MAX_USAGE_STEPS * 3_600_000
    expect(cutIntoSteps({ from, to }, 'hour', undefined)).toHaveLength(1_000)
    expect(refusal(() => cutIntoSteps({ from, to: to + 1 }, 'hour', undefined))).toMatchObject({
      code: 'usage_steps_too_many',
    })
  })

  it.each([
    ['a span that is empty', 5, 5, 'none', undefined, 'usage_query_invalid', '/to'],
    ['a span that ends before it begins', 5, 4, 'hour', undefined, 'usage_query_invalid', '/to'],
    ['days without a time zone', 4, 5, 'day', undefined, 'usage_query_invalid', '/timeZone'],
    ['an unknown time zone', 4, 5, 'day', 'Mars/Olympus', 'time_zone_unknown', undefined],
  ] as const)('refuses %s', (_what, from, to, step, timeZone, code, pointer) => {
    expect(refusal(() => cutIntoSteps({ from, to }, step, timeZone))).toEqual({ code, pointer })
  })
})
