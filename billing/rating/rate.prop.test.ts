import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rational } from '../../core/index.ts'
import { rate } from './rate.ts'
import {
  aDeviceId,
  aFlatItem,
  anInput,
  aPerUnitItem,
  aTariff,
  aUsage,
  aVersion,
  october,
} from './rating-builders.ts'
import { rateFromJson } from './rate-from-json.ts'
import { formatRatingInput, formatRatingResult, parseRatingInput } from './rating-json.ts'
import type { RatingInput, UsageRecord, VersionInForce } from './rating-types.ts'

const price = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 12 }))
  .map(([scaled, decimals]) => Rational.of(scaled, 10n ** BigInt(decimals)).toString())

const cuts = fc
  .uniqueArray(fc.integer({ min: october.from + 1, max: october.to - 1 }), { maxLength: 4 })
  .map((instants) => [october.from, ...instants.sort((left, right) => left - right), october.to])

const input: fc.Arbitrary<RatingInput> = fc
  .record({
    cuts,
    currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'ISK'),
    rounding: fc.constantFrom('half_even' as const, 'half_up' as const, 'up' as const, 'down' as const),
    flatPrice: price,
    unitPrice: price,
    per: fc.integer({ min: 1, max: 100_000 }),
    devices: fc.integer({ min: 0, max: 4 }),
    rates: fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 5 }),
  })
  .map(({ cuts, currency, rounding, flatPrice, unitPrice, per, devices, rates }) => {
    const items = [aFlatItem({ price: flatPrice }), aPerUnitItem({ price: unitPrice, per })]
    const document = aTariff({ currency, rounding, items })
    const versions = spansBetween(cuts).map((span, index) =>
      aVersion({ id: `version-${index}`, ...span, document }),
    )
    const usage = Array.from({ length: devices }, (_, device) => usageOf(device, versions, rates)).flat()
    return anInput({ versions, usage })
  })

/** Usage of one device that is contiguous at every version border. */
function usageOf(
  device: number,
  versions: readonly VersionInForce[],
  rates: readonly bigint[],
): UsageRecord[] {
  let startValue = BigInt(device)
  return versions.map(({ from, to }, index) => {
    const quantity = rates[index % rates.length] ?? 0n
    const record = aUsage(quantity, { deviceId: aDeviceId(`drill-${device}`), from, to, startValue })
    startValue += quantity
    return record
  })
}

function spansBetween(instants: readonly number[]): { from: number; to: number }[] {
  return instants.slice(1).map((to, index) => ({ from: instants[index] ?? 0, to }))
}

function deepFreeze<Frozen>(frozen: Frozen): Frozen {
  if (typeof frozen === 'object' && frozen !== null && !Object.isFrozen(frozen)) {
    Object.freeze(frozen)
    for (const member of Object.values(frozen)) deepFreeze(member)
  }
  return frozen
}

describe('rate', () => {
  it('gives the same result for the same input and leaves the input as it was', () => {
    fc.assert(
      fc.property(input, (given) => {
        const copy = structuredClone(given)
        const first = rate(deepFreeze(given))
        expect(rate(copy)).toEqual(first)
        expect(given).toEqual(copy)
      }),
    )
  })

  it('gives the same lines from JSON as from values', () => {
    fc.assert(
      fc.property(input, (given) => {
        const json = JSON.parse(JSON.stringify(formatRatingInput(given))) as {
          tariff: unknown
          usage: unknown
        }
        expect(parseRatingInput(json.tariff, json.usage)).toEqual(given)
        expect(rateFromJson(json.tariff, json.usage)).toEqual(formatRatingResult(rate(given)))
      }),
    )
  })

  it('makes one line per item and version, flat first, whose amounts are multiples of the settlement step', () => {
    const steps: Record<string, bigint> = { EUR: 1n, JPY: 1n, KWD: 10n, ISK: 100n }
    fc.assert(
      fc.property(input, (given) => {
        const { lines } = rate(given)
        expect(lines.map((line) => line.itemId)).toEqual(['base', ...given.versions.map(() => 'run')])
        expect(lines.filter((line) => line.amountMinor % (steps[line.currency] ?? 0n) !== 0n)).toEqual([])
      }),
    )
  })

  it('gives the same total quantity wherever versions cut the period', () => {
    fc.assert(
      fc.property(cuts, fc.bigInt({ min: 0n, max: 10n ** 12n }), (instants, advance) => {
        const spanMs = BigInt(october.to - october.from)
        const valueAt = (at: number) => (advance * BigInt(at - october.from)) / spanMs
        const document = aTariff({ items: [aPerUnitItem({ price: '1', per: 1 })] })
        const spans = spansBetween(instants)
        const versions = spans.map((span, index) => aVersion({ id: `version-${index}`, ...span, document }))
        const usage = spans.map(({ from, to }) =>
          aUsage(valueAt(to) - valueAt(from), { from, to, startValue: valueAt(from) }),
        )
        const { lines } = rate(anInput({ versions, usage }))
        const total = lines.reduce((sum, line) => sum + BigInt(line.quantity), 0n)
        expect(total).toBe(advance)
        expect(lines.reduce((sum, line) => sum + line.amountMinor, 0n)).toBe(advance * 100n)
      }),
    )
  })
})
