import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { cutIntoSteps, type UsageStep } from './cut-into-steps.ts'

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
]

describe('cutIntoSteps', () => {
  it('tiles every span without a gap, an overlap or an empty step', () => {
    const startAt = fc.integer({ min: Date.UTC(1990, 0), max: Date.UTC(2040, 0) })
    const lengthMs = fc.integer({ min: 1, max: 40 * 86_400_000 })
    const cut = fc.oneof(
      fc.constant<[UsageStep, undefined]>(['none', undefined]),
      fc.constant<[UsageStep, undefined]>(['hour', undefined]),
      fc.tuple(fc.constant<UsageStep>('day'), fc.constantFrom(...zones)),
    )
    fc.assert(
      fc.property(startAt, lengthMs, cut, (from, lengthMs, [step, timeZone]) => {
        const to = from + lengthMs
        const steps = cutIntoSteps({ from, to }, step, timeZone)
        expect(steps[0]?.from).toBe(from)
        expect(steps.at(-1)?.to).toBe(to)
        for (const [index, period] of steps.entries()) {
          expect(period.to).toBeGreaterThan(period.from)
          if (index > 0) expect(period.from).toBe(steps[index - 1]?.to)
        }
      }),
      { numRuns: 60 },
    )
  })
})
