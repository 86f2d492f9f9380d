import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getCurrency } from '../../core/index.ts'
import { aTaxInput, germanRates } from './tax-rows.ts'
import { taxLines } from './tax-lines.ts'
import type { TaxableLine, TaxInput } from './tax-types.ts'

const categories = ['standard', 'reduced', 'solar', 'insurance', 'outside']

/** A document in a currency of each form of minor units. */
const documents = fc
  .record({
    code: fc.constantFrom('EUR', 'JPY', 'KWD', 'ISK'),
    prices: fc.constantFrom('net' as const, 'gross' as const),
    steps: fc.array(
      fc.record({ count: fc.bigInt(-10_000_000n, 10_000_000n), category: fc.constantFrom(...categories) }),
      { maxLength: 30 },
    ),
  })
  .map(({ code, prices, steps }): TaxInput => {
    const currency = getCurrency(code)
    const lines = steps.map(({ count, category }): TaxableLine => ({
      amountMinor: count * currency.settlementStep,
      currency: currency.code,
      taxCategory: category,
    }))
    return aTaxInput({ lines, currency: currency.code, prices })
  })

function totalOf(lines: readonly TaxableLine[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
}

describe('taxLines', () => {
  it('I9 net and tax sum to gross, in each group and in total, and the lines to what they are priced in', () => {
    fc.assert(
      fc.property(documents, (input) => {
        const { groups, netMinor, taxMinor, grossMinor } = taxLines(input)
        for (const group of groups) expect(group.netMinor + group.taxMinor).toBe(group.grossMinor)
        expect(netMinor + taxMinor).toBe(grossMinor)
        expect(groups.reduce((sum, group) => sum + group.grossMinor, 0n)).toBe(grossMinor)
        expect(input.prices === 'net' ? netMinor : grossMinor).toBe(totalOf(input.lines))
      }),
    )
  })

  it('gives tax that the currency can settle, within half a step of what is exact', () => {
    fc.assert(
      fc.property(documents, (input) => {
        const { settlementStep } = getCurrency(input.currency)
        for (const { netMinor, taxMinor, grossMinor, percent } of taxLines(input).groups) {
          expect(taxMinor % settlementStep).toBe(0n)
          const rate = BigInt(percent)
          // 2 × |tax × whole − base × rate| ≤ step × whole
          const [base, whole] = input.prices === 'net' ? [netMinor, 100n] : [grossMinor, 100n + rate]
          const off = taxMinor * whole - base * rate
          expect(2n * (off < 0n ? -off : off)).toBeLessThanOrEqual(settlementStep * whole)
        }
      }),
    )
  })

  it('gives the same whatever the order of the lines and of the table', () => {
    fc.assert(
      fc.property(documents, fc.infiniteStream(fc.nat()), (input, keys) => {
        const mixed = <Item>(items: readonly Item[]) =>
          items
            .map((item) => ({ item, key: keys.next().value ?? 0 }))
            .toSorted((left, right) => left.key - right.key)
            .map(({ item }) => item)
        const other = { ...input, lines: mixed(input.lines), table: mixed(germanRates) }
        expect(taxLines(other)).toEqual(taxLines(input))
      }),
    )
  })

  it('gives the same tax when a line is split', () => {
    fc.assert(
      fc.property(documents, fc.bigInt(-100_000n, 100_000n), (input, part) => {
        const [first, ...others] = input.lines
        if (first === undefined) return
        const taken = part * getCurrency(input.currency).settlementStep
        const split = [
          { ...first, amountMinor: taken },
          { ...first, amountMinor: first.amountMinor - taken },
          ...others,
        ]
        const amountsOf = (lines: readonly TaxableLine[]) =>
          taxLines({ ...input, lines }).groups.map(({ netMinor, taxMinor }) => [netMinor, taxMinor])
        expect(amountsOf(split)).toEqual(amountsOf(input.lines))
      }),
    )
  })

  it('gives a credit of everything exactly the opposite of the bill', () => {
    fc.assert(
      fc.property(documents, (input) => {
        const lines = input.lines.map((line) => ({ ...line, amountMinor: -line.amountMinor }))
        const { netMinor, taxMinor } = taxLines(input)
        expect(taxLines({ ...input, lines })).toMatchObject({ netMinor: -netMinor, taxMinor: -taxMinor })
      }),
    )
  })
})
