import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSessionEnd } from './session-end.ts'

const minute = 60_000
const noon = Date.parse('2026-10-01T12:00:00Z')
const type = 'wash'

/** A session from 12:00 whose last sign of life, or end, came after so many minutes. */
function session(minutes: number, isOpen: boolean) {
  return { from: noon, to: noon + minutes * minute, ...(isOpen ? { isOpen: true as const } : {}) }
}

describe('findSessionEnd', () => {
  // Minutes after noon: [last sign, heartbeat, longest, cutoff, expected end, by]. "·" is 1 ms.
  it.each<[string, number, number | undefined, number | undefined, number, number | undefined, string?]>([
    ['no rule', 10, undefined, undefined, 1e6, undefined],
    ['a heartbeat that is not late', 10, 5, undefined, 15, undefined],
    ['a heartbeat that is late by 1 ms', 10, 5, undefined, 15 + 1 / minute, 10, 'heartbeat'],
    ['a length that is not reached', 10, undefined, 60, 60 - 1 / minute, undefined],
    ['a length that is reached', 10, undefined, 60, 60, 60, 'max_length'],
    ['both, silence first', 10, 5, 60, 90, 10, 'heartbeat'],
    ['both, length first', 58, 5, 60, 61, 60, 'max_length'],
    ['both, length first, seen after the silence', 58, 5, 60, 90, 60, 'max_length'],
    ['a sign of life beyond the length', 70, 5, 60, 70, 60, 'max_length'],
    ['a sign of life just before the cutoff', 20, 5, 60, 20, undefined],
  ])('%s', (_what, minutes, heartbeat, longest, cutoff, expected, by) => {
    const rule = {
      type,
      ...(heartbeat === undefined ? {} : { heartbeatMs: heartbeat * minute }),
      ...(longest === undefined ? {} : { maxLengthMs: longest * minute }),
    }
    const found = findSessionEnd(session(minutes, true), rule, noon + cutoff * minute)
    expect(found).toEqual(expected === undefined ? undefined : { at: noon + expected * minute, by })
  })

  it('takes a reported end over every rule, also one that is later than the rule allows', () => {
    const rule = { type, heartbeatMs: minute, maxLengthMs: 60 * minute }
    expect(findSessionEnd(session(90, false), rule, noon)).toEqual({ at: noon + 90 * minute, by: 'report' })
  })

  it('never moves an end by rule as the cutoff moves on', () => {
    const span = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(
        fc.nat({ max: 100 }),
        fc.option(span, { nil: undefined }),
        fc.option(span, { nil: undefined }),
        fc.nat({ max: 300 }),
        fc.nat({ max: 300 }),
        (minutes, heartbeatMs, maxLengthMs, cutoff, later) => {
          const rule = {
            type,
            ...(heartbeatMs === undefined ? {} : { heartbeatMs }),
            ...(maxLengthMs === undefined ? {} : { maxLengthMs }),
          }
          const event = { from: 0, to: minutes, isOpen: true as const }
          const first = findSessionEnd(event, rule, cutoff)
          if (first === undefined) return
          expect(findSessionEnd(event, rule, cutoff + later)).toEqual(first)
          expect(first.at).toBeLessThanOrEqual(maxLengthMs ?? Infinity)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})
