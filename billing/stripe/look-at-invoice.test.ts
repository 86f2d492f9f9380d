import type { Stripe } from 'stripe'
import { describe, expect, it } from 'vitest'
import { findProblem, isPaidWithMoney, isProcessing } from './look-at-invoice.ts'

const open = {
  status: 'open',
  collection_method: 'charge_automatically',
  attempt_count: 0,
  total: 1_693,
  amount_paid: 0,
  pre_payment_credit_notes_amount: 0,
} as const
const nothing = { creditedMinor: 0n, recordedMinor: 0n }
const sent = { ...open, collection_method: 'send_invoice' } as const
const charged = { ...open, attempt_count: 1 } as const

function intent(
  status: Stripe.PaymentIntent.Status,
  error: { readonly code?: string; readonly decline_code?: string } | null = null,
) {
  return { status, last_payment_error: error as Stripe.PaymentIntent.LastPaymentError | null }
}
const declined = intent('requires_payment_method', { code: 'card_declined', decline_code: 'do_not_honor' })

describe('what stands in the way of the money of an open invoice', () => {
  it.each([
    ['nothing before it was tried', open, [], undefined],
    ['nothing of one that was only sent, which Stripe calls attempted', sent, [], undefined],
    ['nothing of one that was sent and is looked at', sent, [intent('requires_payment_method')], undefined],
    ['a payment that failed for no reason that is known', charged, [], 'payment_failed'],
    ['nothing while a debit is on its way', charged, [intent('processing')], undefined],
    [
      'nothing while a debit is on its way, though a card failed',
      charged,
      [declined, intent('processing')],
      undefined,
    ],
    ['nothing when the payment has just succeeded', charged, [intent('succeeded')], undefined],
    ['the reason of the bank', charged, [declined], 'do_not_honor'],
    ['the reason of the bank for what the customer tried by himself', sent, [declined], 'do_not_honor'],
    [
      'the code, where the bank gave none',
      sent,
      [intent('requires_payment_method', { code: 'expired_card' })],
      'expired_card',
    ],
    [
      'failure alone, where there is no code',
      sent,
      [intent('requires_payment_method', {})],
      'payment_failed',
    ],
    [
      'what the customer has to confirm',
      charged,
      [declined, intent('requires_action')],
      'authentication_required',
    ],
  ] as const)('is %s', (_what, invoice, intents, code) => {
    expect(findProblem(invoice, intents, nothing)?.code).toBe(code)
  })

  it.each([
    ['a debit that takes days', open, [intent('processing')], true],
    ['a card that was refused', charged, [declined], false],
    ['what the customer has to confirm', charged, [intent('requires_action')], false],
    ['what is over', { ...charged, status: 'paid' }, [intent('processing')], false],
  ] as const)('is on its way or not: %s', (_what, invoice, intents, is) => {
    expect(isProcessing(invoice, intents)).toBe(is)
  })

  it('is called failed or to be confirmed', () => {
    expect(findProblem(charged, [declined], nothing)?.kind).toBe('failed')
    expect(findProblem(charged, [intent('requires_action')], nothing)?.kind).toBe('requires_action')
  })

  it.each(['void', 'uncollectible', 'draft'] as const)('is not asked about one that is %s', (status) => {
    expect(findProblem({ ...charged, status }, [declined], nothing)).toBe(undefined)
  })
})

describe('an invoice that is paid at Stripe', () => {
  const paid = { ...charged, status: 'paid' } as const
  it.each([
    ['by money', { amount_paid: 1_693 }, 0n, true, undefined],
    ['by nothing, since it asks for nothing', { total: 0 }, 0n, true, undefined],
    ['by a balance', {}, 0n, false, 'settled_without_money'],
    [
      'by our credit notes and money',
      { amount_paid: 1_393, pre_payment_credit_notes_amount: 300 },
      300n,
      true,
      undefined,
    ],
    ['by our credit notes alone', { pre_payment_credit_notes_amount: 1_693 }, 1_693n, false, undefined],
    [
      'by a credit note made by hand',
      { pre_payment_credit_notes_amount: 1_693 },
      0n,
      false,
      'settled_without_money',
    ],
    [
      'by one made by hand and money',
      { amount_paid: 1_193, pre_payment_credit_notes_amount: 500 },
      0n,
      false,
      'settled_without_money',
    ],
    [
      'by ours, one made by hand and money',
      { amount_paid: 893, pre_payment_credit_notes_amount: 800 },
      300n,
      false,
      'settled_without_money',
    ],
    ['by money, with ours not there yet', { amount_paid: 1_693 }, 300n, true, undefined],
    [
      'partly by a balance, with ours not there yet',
      { amount_paid: 1_393 },
      300n,
      false,
      'settled_without_money',
    ],
  ] as const)('%s', (_how, change, creditedMinor, isPaid, code) => {
    const invoice = { ...paid, ...change }
    const here = { creditedMinor, recordedMinor: 0n }
    expect(isPaidWithMoney(invoice, here)).toBe(isPaid)
    expect(findProblem(invoice, [], here)?.code).toBe(code)
  })

  it.each([
    ['what was collected and recorded makes the whole', 400, 400n, true],
    ['what was recorded was taken back since', 400, 0n, false],
    ['everything is our own word', 1_000, 1_000n, false],
  ] as const)('counts money from elsewhere as it is recorded: %s', (_what, off, recordedMinor, isPaid) => {
    const invoice = { ...paid, total: 1_000, amount_paid: 1_000, amount_paid_off_stripe: off }
    expect(isPaidWithMoney(invoice, { creditedMinor: 0n, recordedMinor })).toBe(isPaid)
  })
})
