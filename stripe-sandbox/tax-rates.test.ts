import { describe, expect, it } from 'vitest'
import type { Stripe } from 'stripe'
import { assertPayableAmount, minimumChargeOf } from './currency-rules.ts'
import { totalsOf } from './tax-rates.ts'

const tax = (
  amount: number,
  tax_behavior: 'inclusive' | 'exclusive',
  rate: string,
): Stripe.InvoiceLineItem.Tax => ({
  amount,
  tax_behavior,
  tax_rate_details: { tax_rate: rate },
  taxability_reason: 'standard_rated',
  taxable_amount: 100,
  type: 'tax_rate_details',
})

describe('totals of lines', () => {
  it.each([
    ['nothing', [], [0, 0, 0, 0]],
    ['no tax', [{ amount: 100, taxes: null }], [100, 100, 100, 100]],
    ['exclusive tax', [{ amount: 100, taxes: [tax(19, 'exclusive', 'a')] }], [100, 100, 119, 100]],
    ['inclusive tax', [{ amount: 119, taxes: [tax(19, 'inclusive', 'a')] }], [119, 100, 119, 100]],
    [
      'both',
      [
        { amount: 100, taxes: [tax(19, 'exclusive', 'a'), tax(3, 'exclusive', 'b')] },
        { amount: 119, taxes: [tax(19, 'inclusive', 'c')] },
        { amount: -50, taxes: [tax(-9, 'exclusive', 'a')] },
      ],
      [169, 150, 182, 150],
    ],
  ])('%s', (_name, lines, expected) => {
    const { subtotal, subtotal_excluding_tax, total, total_excluding_tax } = totalsOf(lines)
    expect([subtotal, subtotal_excluding_tax, total, total_excluding_tax]).toEqual(expected)
  })

  it('add up the taxes of one rate', () => {
    const { total_taxes } = totalsOf([
      { amount: 100, taxes: [tax(19, 'exclusive', 'a')] },
      { amount: 100, taxes: [tax(7, 'exclusive', 'b'), tax(1, 'exclusive', 'a')] },
    ])
    expect(total_taxes.map(({ amount, taxable_amount }) => [amount, taxable_amount])).toEqual([
      [20, 200],
      [7, 100],
    ])
  })
})

describe('the rules of currencies', () => {
  it.each([
    ['usd', 50],
    ['eur', 50],
    ['gbp', 30],
    ['jpy', 50],
    ['chf', 50],
    ['dkk', 250],
    ['nok', 300],
    ['sek', 300],
    ['pln', 200],
    ['xaf', 1],
  ])('the least charge in %s is %i', (currency, least) => {
    expect(minimumChargeOf(currency)).toBe(least)
  })

  it.each([
    ['kwd', 1_230, true],
    ['kwd', 1_231, false],
    ['tnd', -5, false],
    ['isk', 100, true],
    ['isk', 150, false],
    ['eur', 1, true],
  ])('%s takes %i: %s', (currency, amount, isTaken) => {
    const check = () => assertPayableAmount(amount, currency, 'amount')
    if (isTaken) expect(check).not.toThrow()
    else expect(check).toThrow(expect.objectContaining({ status: 400 }))
  })
})
