import { describe, expect, it } from 'vitest'
import { PushProblem } from './push-problems.ts'

describe('a problem of a push', () => {
  it.each([
    [
      new PushProblem('below_least_charge', { leastMinor: 50n, currency: 'JPY' }),
      'Stripe cannot charge less than ¥50; ask for this invoice another way, or write it off.',
    ],
    [
      new PushProblem('total_differs', {
        stripeInvoiceId: 'in_1',
        totalMinor: 1_000,
        currency: 'usd',
        number: 'R-1',
        ownTotalMinor: 1_001n,
        ownCurrency: 'eur',
      }),
      'in_1 has the total 1000 usd at Stripe, but invoice R-1 has 1001 eur (minor units); compare them.',
    ],
    [
      new PushProblem('draft_not_credited', { stripeInvoiceId: 'in_1' }),
      'in_1 is draft at Stripe, so nothing can be credited there; compare it.',
    ],
    [
      new PushProblem('invoice_twice', { stripeInvoiceId: 'in_2', adoptedStripeInvoiceId: 'in_1' }),
      'in_2 and in_1 are the same invoice at Stripe; void in_2 there.',
    ],
    [
      new PushProblem('credit_would_differ', {
        number: 'G-1',
        totalMinor: 100,
        ownTotalMinor: 110n,
        currency: 'eur',
      }),
      'The credit note G-1 would have the total 100 at Stripe, but ours is 110 (minor units); compare them.',
    ],
  ])('is an error whose message is its sentence: $said.reason.code', (error, sentence) => {
    expect([error.message, error.said.sentence]).toEqual([sentence, sentence])
  })
})
