import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { registerTruths, registerValueAt } from './ground-truth.ts'
import { profiles } from './profiles.ts'
import { createSimulatedDevice } from './simulated-device.ts'

const hour = 3_600_000
const even = { maxPerHour: 3_600n, maxGapMs: hour, gapRule: 'spread' } as const
const late = { ...even, gapRule: 'end' } as const

describe('registerValueAt', () => {
  it.each([
    // Ten units over one hour: the fourth is complete after 24 minutes.
    { rule: even, r0: 100n, r1: 110n, t1: hour, at: 24 * 60_000, value: 104n },
    { rule: even, r0: 100n, r1: 110n, t1: hour, at: 24 * 60_000 - 1, value: 103n },
    { rule: even, r0: 100n, r1: 110n, t1: hour, at: 0, value: 100n },
    // A step of exactly the longest gap is not estimated yet.
    { rule: late, r0: 100n, r1: 110n, t1: hour, at: 24 * 60_000, value: 104n },
    // Two hours with 600 s of running: it ran in the last ten minutes.
    { rule: late, r0: 0n, r1: 600n, t1: 2 * hour, at: hour, value: 0n },
    { rule: late, r0: 0n, r1: 600n, t1: 2 * hour, at: 2 * hour - 600_000, value: 0n },
    { rule: late, r0: 0n, r1: 600n, t1: 2 * hour, at: 2 * hour - 300_000, value: 300n },
    { rule: late, r0: 0n, r1: 600n, t1: 2 * hour, at: 2 * hour - 1, value: 599n },
    { rule: even, r0: 0n, r1: 600n, t1: 2 * hour, at: hour, value: 300n },
  ])(
    'is $value after $at ms of $t1 ms from $r0 to $r1 ($rule.gapRule)',
    ({ rule, r0, r1, t1, at, value }) => {
      expect(registerValueAt(rule, { at: 0, value: r0 }, { at: t1, value: r1 }, at)).toBe(value)
    },
  )

  it('stands at the nearest point outside the known ones', () => {
    expect(registerValueAt(even, undefined, { at: 10, value: 5n }, 3)).toBe(5n)
    expect(registerValueAt(even, { at: 10, value: 5n }, undefined, 30)).toBe(5n)
    expect(registerValueAt(even, undefined, undefined, 30)).toBe(undefined)
  })
})

describe('registerTruths', () => {
  const from = getInstant('2026-10-01T00:00:00Z')
  const to = getInstant('2026-10-15T00:00:00Z')

  it('adds up at every cut', () => {
    const device = createSimulatedDevice({
      deviceId: 'd',
      profile: profiles.compressor,
      seed: 3,
      startAt: from,
    })
    const count = device.countUntil(to)
    const advances = (span: { from: number; to: number }): bigint[] =>
      registerTruths(device, count, span).map(({ advance }) => advance)
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), (cut) => {
        const whole = advances({ from, to })
        const parts = advances({ from, to: cut }).map(
          (advance, place) => advance + advances({ from: cut, to })[place]!,
        )
        expect(parts).toEqual(whole)
      }),
      { numRuns: 100 },
    )
  })

  it('advances from the first to the last reading over all of them', () => {
    const device = createSimulatedDevice({ deviceId: 'd', profile: profiles.drill, seed: 3, startAt: from })
    const count = device.countUntil(to)
    const [runTime] = registerTruths(device, count, { from: from - 1, to: to + 1 })
    const [first] = device.reading(0).registers
    const [last] = device.reading(count - 1).registers
    expect(runTime).toEqual({
      register: 'run_s',
      first: first?.value,
      last: last?.value,
      advance: last!.value - first!.value,
    })
  })

  it('is empty for a device that has taken no readings', () => {
    const device = createSimulatedDevice({ deviceId: 'd', profile: profiles.drill, seed: 3, startAt: from })
    expect(registerTruths(device, 0, { from, to })).toEqual([])
  })
})
