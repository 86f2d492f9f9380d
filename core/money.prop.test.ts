import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getCurrency, listCurrencies } from './currency.ts'
import { moneyToDecimal, moneyOf, roundToMoney, sumMoney } from './money.ts'
import { Rational } from './rational.ts'

const currency = fc.constantFrom(...listCurrencies())
const amountMajor = fc
  .tuple(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), fc.bigInt({ min: 1n, max: 10n ** 12n }))
  .map(([top, bottom]) => Rational.of(top, bottom))

describe('money, for any amount and currency', () => {
  it('rounds to a multiple of the settlement step that is at most half a step away', () => {
    fc.assert(
      fc.property(amountMajor, currency, (amount, { code, minorDigits, settlementStep }) => {
        const { amountMinor } = roundToMoney(amount, code, 'half_even')
        expect(amountMinor % settlementStep).toBe(0n)
        const exactMinor = amount.times(Rational.of(10n ** BigInt(minorDigits)))
        const distance = Rational.of(amountMinor).minus(exactMinor)
        const halfStep = Rational.of(settlementStep, 2n)
        expect(distance.compare(halfStep)).toBeLessThanOrEqual(0)
        expect(distance.compare(Rational.zero.minus(halfStep))).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('is unchanged by rounding what was rounded', () => {
    fc.assert(
      fc.property(amountMajor, currency, (amount, { code }) => {
        const once = roundToMoney(amount, code, 'half_even')
        const again = roundToMoney(Rational.parseDecimal(moneyToDecimal(once)), code, 'half_even')
        expect(again).toEqual(once)
      }),
    )
  })

  it('sums to the same total in any order', () => {
    const eur = getCurrency('EUR').code
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })), (minors) => {
        const amounts = minors.map((minor) => moneyOf(minor, eur))
        expect(sumMoney(amounts.toReversed(), eur)).toEqual(sumMoney(amounts, eur))
      }),
    )
  })
})
