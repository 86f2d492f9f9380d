import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { DAY_MS, getInstant } from './time.ts'
import { zoneOffsets } from './zone-offsets.ts'

const from = getInstant('1980-01-01T00:00:00Z')
const to = getInstant('2040-01-01T00:00:00Z')
const zones = Intl.supportedValuesOf('timeZone')

function offsetAt(offsets: ReturnType<typeof zoneOffsets>, at: number): number | undefined {
  return offsets.findLast((offset) => offset.from <= at)?.offsetMs
}

function temporalOffset(timeZone: string, at: number): number {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).offsetNanoseconds / 1e6
}

describe('the offsets of a zone', () => {
  it('are those of Temporal at each change and just before it, in every zone from 1980 on', () => {
    expect(zones.length).toBeGreaterThan(400)
    for (const zone of zones) {
      const offsets = zoneOffsets(zone, { from, to })
      for (const [index, offset] of offsets.entries()) {
        expect([zone, offset.offsetMs]).toEqual([zone, temporalOffset(zone, offset.from)])
        const before = offsets[index - 1]
        if (before === undefined) continue
        expect(offset.from).toBeGreaterThan(before.from)
        expect([zone, temporalOffset(zone, offset.from - 1)]).toEqual([zone, before.offsetMs])
      }
    }
  })

  it('are those of Temporal at any instant of any span', () => {
    const spans = fc.record({
      zone: fc.constantFrom(...zones),
      start: fc.integer({ min: from, max: to }),
      days: fc.integer({ min: 1, max: 400 }),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    })
    fc.assert(
      fc.property(spans, ({ zone, start, days, at }) => {
        const instant = start + Math.floor(at * days * DAY_MS)
        const offsets = zoneOffsets(zone, { from: start, to: start + days * DAY_MS })
        expect(offsetAt(offsets, instant)).toBe(temporalOffset(zone, instant))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the change of the clocks', () => {
  it('is in the span that begins with it, and not in the one that ends with it', () => {
    const winter = getInstant('2026-10-25T01:00:00Z')
    const day = (start: number) => zoneOffsets('Europe/Berlin', { from: start, to: start + DAY_MS })
    expect(day(winter)).toEqual([{ from: winter, offsetMs: 3_600_000 }])
    expect(day(winter - DAY_MS)).toEqual([{ from: winter - DAY_MS, offsetMs: 7_200_000 }])
    expect(day(winter - 1)).toEqual([
      { from: winter - 1, offsetMs: 7_200_000 },
      { from: winter, offsetMs: 3_600_000 },
    ])
  })

  it('may leave out a whole day, as on Samoa', () => {
    const offsets = zoneOffsets('Pacific/Apia', {
      from: getInstant('2011-12-29T00:00:00Z'),
      to: getInstant('2012-01-01T00:00:00Z'),
    })
    expect(offsets.map(({ offsetMs }) => offsetMs / 3_600_000)).toEqual([-10, 14])
  })
})
