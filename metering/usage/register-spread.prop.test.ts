import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { registerValueAt } from './register-spread.ts'

const HOUR = 3_600_000

const steps = fc.record({
  startAt: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  spanMs: fc.integer({ min: 1, max: 40 * 24 * HOUR }),
  startValue: fc.bigInt({ min: 0n, max: 2n ** 53n - 1n }),
  rule: fc.record({
    gapRule: fc.constantFrom('spread', 'end'),
    maxGapMs: fc.integer({ min: 1, max: 10 * HOUR }),
    maxPerHour: fc.bigInt({ min: 1n, max: 1_000_000n }),
  }),
  share: fc.bigInt({ min: 0n, max: 1_000n }),
  cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
})

describe('registerValueAt', () => {
  it('adds up at every cut, never falls, and stays between its two points', () => {
    fc.assert(
      fc.property(steps, ({ startAt, spanMs, startValue, rule, share, cuts }) => {
        const advance = (rule.maxPerHour * BigInt(spanMs) * share) / (1_000n * BigInt(HOUR))
        const before = { at: startAt, value: startValue }
        const after = { at: startAt + spanMs, value: startValue + advance }
        const instants = [0, ...cuts.map((cut) => Math.floor(cut * (spanMs - 1)))].sort((a, b) => a - b)
        const values = instants.map((offset) => registerValueAt(startAt + offset, before, after, rule) ?? -1n)
        const ends = [...values, after.value]
        expect(values[0]).toBe(before.value)
        for (const [index, value] of ends.slice(1).entries()) {
          expect(value).toBeGreaterThanOrEqual(ends[index] ?? -1n)
        }
        const pieces = ends.slice(1).map((value, index) => value - (ends[index] ?? 0n))
        expect(pieces.reduce((sum, piece) => sum + piece, 0n)).toBe(advance)
      }),
    )
  })
})

describe('registerValueAt, by hand', () => {
  const friday = { at: Date.parse('2026-11-20T18:00:00Z'), value: 1_000n }
  const monday = { at: Date.parse('2026-11-23T07:15:00Z'), value: 1_900n }
  const drill = { maxGapMs: 2 * HOUR, maxPerHour: 3_600n }

  it.each([
    ['2026-11-21T12:00:00Z', 1_000n],
    ['2026-11-23T07:00:00Z', 1_000n],
    ['2026-11-23T07:00:00.001Z', 1_000n],
    ['2026-11-23T07:00:01Z', 1_001n],
    ['2026-11-23T07:10:00Z', 1_600n],
  ])('puts 900 s of a drill that was off all weekend at the end: %s is %s', (at, expected) => {
    expect(registerValueAt(Date.parse(at), friday, monday, { ...drill, gapRule: 'end' })).toBe(expected)
  })

  it('spreads the same 900 s evenly when the model says so', () => {
    // 61 h 15 min; after 30 h 37 min 30 s half of it.
    const middle = friday.at + (30 * 3_600 + 37 * 60 + 30) * 1_000
    expect(registerValueAt(middle, friday, monday, { ...drill, gapRule: 'spread' })).toBe(1_450n)
  })

  it('stands still before the first and after the last point', () => {
    expect(registerValueAt(0, undefined, friday, { ...drill, gapRule: 'end' })).toBe(1_000n)
    expect(registerValueAt(monday.at, monday, undefined, { ...drill, gapRule: 'end' })).toBe(1_900n)
  })

  it('bills nothing before a reading for a step after it that is faster than the model allows', () => {
    const soon = { at: friday.at + 3 * HOUR, value: friday.value + 20_000n }
    expect(registerValueAt(friday.at, friday, soon, { ...drill, gapRule: 'end' })).toBe(1_000n)
    expect(registerValueAt(friday.at + 1, friday, soon, { ...drill, gapRule: 'end' })).toBe(10_200n)
  })
})
