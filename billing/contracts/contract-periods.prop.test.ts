import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, type Cadence } from '../../core/index.ts'
import { contractPeriodAt, contractPeriods, endedPeriods, type DatedContract } from './contract-periods.ts'

const timeZone = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
const startsAt = fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2030, 0) })
const cadence: fc.Arbitrary<Cadence> = fc.oneof(
  fc.record({ unit: fc.constant('day' as const), count: fc.integer({ min: 1, max: 10 }) }),
  fc.record({
    unit: fc.constantFrom('week' as const, 'month' as const, 'quarter' as const),
    count: fc.integer({ min: 1, max: 3 }),
  }),
)

/** A contract of 300 days that moves to other zones at instants of its life. */
const moving = fc
  .record({
    startsAt,
    cadence,
    anchorOffset: fc.integer({ min: -40, max: 40 }),
    first: timeZone,
    moves: fc.array(fc.record({ timeZone, after: fc.integer({ min: 0, max: 250 * DAY_MS }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ startsAt, cadence, anchorOffset, first, moves }): DatedContract => ({
    anchorOn: new Date(startsAt + anchorOffset * DAY_MS).toISOString().slice(0, 10),
    cadence,
    startsAt,
    endsAt: startsAt + 300 * DAY_MS,
    timeZones: [
      { timeZone: first, from: startsAt },
      ...moves
        .map((move) => ({ timeZone: move.timeZone, from: startsAt + 1 + move.after }))
        .sort((left, right) => left.from - right.from),
    ],
  }))

const everything = { from: -Infinity, to: Infinity }

describe('periods of a contract that moves between any zones', () => {
  it('tile its life: the first begins with it, each begins where the one before ended, the last ends with it', () => {
    fc.assert(
      fc.property(moving, (contract) => {
        const periods = [...contractPeriods(contract, everything)]
        expect(periods[0]?.from).toBe(contract.startsAt)
        expect(periods.at(-1)?.to).toBe(contract.endsAt)
        for (const [index, { from, to }] of periods.entries()) {
          expect(to).toBeGreaterThan(from)
          expect(periods[index + 1]?.from ?? contract.endsAt).toBe(to)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are never a sliver: each but the first and last is at least half as long as its cadence', () => {
    const shortestUnitMs = { day: 21 * HOUR_MS, week: 6.5 * DAY_MS, month: 27 * DAY_MS, quarter: 88 * DAY_MS }
    fc.assert(
      fc.property(moving, (contract) => {
        const { unit, count } = contract.cadence
        if (unit === 'year') throw new Error('not made here')
        // Apia, Enewetak and Kwajalein have left out whole days, which nobody can make longer.
        fc.pre(
          !contract.timeZones.some(({ timeZone }) =>
            /Apia|Kwajalein|Kiritimati|Enderbury|Kanton|Fakaofo/.test(timeZone),
          ),
        )
        const periods = [...contractPeriods(contract, everything)].slice(1, -1)
        for (const { from, to } of periods) {
          expect(to - from).toBeGreaterThanOrEqual((shortestUnitMs[unit] * count) / 2)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('are found by any instant in them, and counted on from any border', () => {
    fc.assert(
      fc.property(moving, fc.nat(), (contract, pick) => {
        const periods = [...contractPeriods(contract, everything)]
        const at = contract.startsAt + (pick % (300 * DAY_MS))
        const period = contractPeriodAt(contract, at)
        const index = periods.findIndex(({ from }) => from === period.from)
        expect(periods[index]).toEqual(period)
        expect(at >= period.from && at < period.to).toBe(true)
        expect([...contractPeriods(contract, { from: at, to: Infinity })]).toEqual(periods.slice(index))
        expect([...endedPeriods(contract, period.to, contract.startsAt + 290 * DAY_MS)]).toEqual(
          periods.slice(index + 1).filter(({ to }) => to <= contract.startsAt + 290 * DAY_MS),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('that have ended stay as they were when it moves later', () => {
    fc.assert(
      fc.property(moving, (contract) => {
        const last = contract.timeZones.at(-1)?.from ?? 0
        const before = { ...contract, timeZones: contract.timeZones.slice(0, -1) }
        const until = (dated: DatedContract) =>
          [...contractPeriods(dated, everything)].filter(({ from }) => from < last)
        expect(until(contract)).toEqual(until(before))
      }),
      { numRuns: 50 },
    )
  })
})
