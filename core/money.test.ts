import { describe, expect, it } from 'vitest'
import { getCurrency } from './currency.ts'
import { formatMoney, moneyOf, moneyToDecimal, roundToMoney, sumMoney } from './money.ts'
import { Rational } from './rational.ts'

const eur = getCurrency('EUR').code
const usd = getCurrency('USD').code

describe('roundToMoney', () => {
  it.each([
    ['EUR', '4.90', 490n],
    ['EUR', '0.125', 12n],
    ['EUR', '0.135', 14n],
    ['EUR', '0.125000000001', 13n],
    ['EUR', '-0.125', -12n],
    ['EUR', '-0.135', -14n],
    ['EUR', '0', 0n],
    ['JPY', '100.5', 100n],
    ['JPY', '101.5', 102n],
    ['JPY', '99.4', 99n],
    ['KWD', '1.234', 1_230n],
    ['KWD', '1.235', 1_240n],
    ['KWD', '1.245', 1_240n],
    ['KWD', '-1.236', -1_240n],
    ['TND', '0.004', 0n],
    ['ISK', '149.5', 15_000n],
    ['ISK', '150.5', 15_000n],
    ['ISK', '151.49', 15_100n],
    ['UGX', '0.5', 0n],
  ])('rounds %s %s half to even to %s minor units', (code, amountMajor, amountMinor) => {
    const currency = getCurrency(code).code
    expect(roundToMoney(Rational.parseDecimal(amountMajor), currency, 'half_even')).toEqual({
      amountMinor,
      currency,
    })
  })

  it('rounds an amount that has no finite decimal once', () => {
    const third = Rational.of(100n, 3n)
    expect(roundToMoney(third, eur, 'half_even').amountMinor).toBe(3_333n)
    expect(roundToMoney(third, eur, 'up').amountMinor).toBe(3_334n)
    expect(roundToMoney(Rational.of(-100n, 3n), eur, 'down').amountMinor).toBe(-3_333n)
  })
})

describe('sumMoney', () => {
  it('adds amounts of one currency', () => {
    expect(sumMoney([moneyOf(490n, eur), moneyOf(-90n, eur), moneyOf(1n, eur)], eur)).toEqual(
      moneyOf(401n, eur),
    )
  })

  it('sums nothing to zero of the wanted currency', () => {
    expect(sumMoney([], eur)).toEqual({ amountMinor: 0n, currency: 'EUR' })
  })

  it('refuses an amount in another currency, even of zero', () => {
    expect(() => sumMoney([moneyOf(1n, eur), moneyOf(0n, usd)], eur)).toThrow(
      expect.objectContaining({ code: 'currency_mismatch' }),
    )
  })

  it('stays exact beyond 2^53', () => {
    const large = moneyOf(9_007_199_254_740_993n, eur)
    expect(sumMoney([large, moneyOf(1n, eur)], eur).amountMinor).toBe(9_007_199_254_740_994n)
  })
})

describe('moneyToDecimal', () => {
  it.each([
    ['EUR', 490n, '4.90'],
    ['EUR', -5n, '-0.05'],
    ['JPY', 490n, '490'],
    ['KWD', 1_230n, '1.230'],
    ['ISK', 15_000n, '150.00'],
  ])('writes %s %s minor units as %s', (code, amountMinor, expected) => {
    expect(moneyToDecimal(moneyOf(amountMinor, getCurrency(code).code))).toBe(expected)
  })
})

describe('formatMoney', () => {
  it.each([
    ['EUR', 123_456n, 'de-DE', '1.234,56 €'],
    ['EUR', 9_007_199_254_740_993n, 'en-US', '€90,071,992,547,409.93'],
    ['JPY', 1_200n, 'en-US', '¥1,200'],
    ['KWD', 1_230n, 'en-US', 'KWD 1.230'],
    ['USD', -5n, 'en-US', '-$0.05'],
  ])('writes %s %s minor units in %s as %s', (code, amountMinor, locale, expected) => {
    const text = formatMoney(moneyOf(amountMinor, getCurrency(code).code), locale)
    expect(text.replaceAll('\u00a0', ' ')).toBe(expected)
  })
})
